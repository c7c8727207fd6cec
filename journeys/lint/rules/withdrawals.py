"""Withdrawals that are not effective where the mail is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Min, Q, QuerySet

from contacts.consent.clock import THRESHOLDS, unread, waiting
from contacts.consent.losing import losses
from contacts.models import Contact
from iterable_admin.audit.pills import moment_text, span
from iterable_admin.inbox.models import Event
from journeys.lint.ground import Ground
from journeys.lint.models import LintFinding
from journeys.lint.registry import INSTANCE, Found, Rule, Severity, register

NOT_IN_ITERABLE = "not_in_iterable"


@register
class SUB08(Rule):
    """A withdrawal is not effective in Iterable an hour after it came in (warning; or as set), or a day after (blocking).

    Until then mail that is sent from Iterable may reach somebody who withdrew. The mailbox providers allow 48 hours, the law ten
    business days.
    """

    code, severity, title, quick = "SUB08", Severity.WARNING, "withdrawals not effective in Iterable", True

    def find(self, ground: Ground) -> Iterator[Found]:
        clock = ground.clock
        if clock.oldest is None or ground.now - clock.oldest < timedelta(minutes=settings.WITHDRAWAL_WARNING_MINUTES):
            return
        behind = {name: count for name, count in clock.behind.items() if count}
        hard = clock.behind[THRESHOLDS[1].name]
        over = ", ".join(f"{count} over {name}" for name, count in behind.items())
        yield Found(
            INSTANCE,
            f"Withdrawals wait to become effective in Iterable, the oldest for {span(ground.now - clock.oldest)}: {over}.",
            "The technical owner mends what the withdrawal clock shows, now.",
            severity=Severity.BLOCKING if hard else None,
            evidence={"waiting": clock.count, "oldest": clock.oldest.isoformat(), "over": behind},
        )

    def people(self, finding: LintFinding) -> QuerySet[Contact]:
        """Those whose unsubscribe is not read yet included."""
        read, lanes = waiting().order_by().values("address_key"), unread().order_by().values("lane")
        return Contact.objects.filter(Q(address_key__in=read) | Q(address_key__in=lanes))


@register
class SUB09(Rule):
    """Unsubscribes of people whom Iterable does not have wait to be applied when they are created.

    Nothing is wrong while whatever creates people goes through here. Somebody who creates them in Iterable by another way
    makes them mailable: the queue is shown so that its size surprises nobody.
    """

    code, severity, title, quick = "SUB09", Severity.WARNING, "unsubscribes waiting for their person", True

    def find(self, ground: Ground) -> Iterator[Found]:
        oldest = _queue().aggregate(oldest=Min("received_at"))["oldest"]
        if oldest is None:
            return
        count = _queue().count()
        yield Found(
            INSTANCE,
            f"{count:,} unsubscribes of people whom Iterable does not have, since {moment_text(oldest)}.",
            "Nobody, while people are created through here alone; the technical owner asks who else creates people in Iterable.",
            evidence={"waiting": count, "oldest": oldest.isoformat()},
        )

    def people(self, finding: LintFinding) -> QuerySet[Contact]:
        return Contact.objects.filter(address_key__in=_queue().values("lane"))


def _queue() -> QuerySet[Event]:
    return Event.objects.filter(state=Event.State.HELD, reason_code=NOT_IN_ITERABLE).order_by()


@register
class SUB10(Rule):
    """A channel's unsubscribe is gone from a profile, and no act of the person says so.

    An integration replaced the profile's arrays, or the profile was deleted and made anew: the person is mailable again.
    """

    code, severity, title = "SUB10", Severity.WARNING, "channel unsubscribes lost in Iterable"

    def find(self, ground: Ground) -> Iterator[Found]:
        for channel, people in losses():
            count = people.count()
            if not count:
                continue
            yield Found(
                INSTANCE,
                f"{count:,} people were unsubscribed from {channel} in Iterable and are not any more, without an act of theirs.",
                "The technical owner finds the integration that replaced their arrays, and has them unsubscribed again, now.",
                exposed=count,
                evidence={"channel": channel.name, "channel_id": channel.iterable_id, "people": count},
                part=str(channel.pk),
            )

    def people(self, finding: LintFinding) -> QuerySet[Contact]:
        wanted = finding.evidence.get("channel_id")
        lost = next((keys for channel, keys in losses() if channel.iterable_id == wanted), None)
        return Contact.objects.filter(address_key__in=lost) if lost is not None else Contact.objects.none()
