"""How it goes, in one line of words: the worst thing first, with the way there; then the last sync and whom it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from contacts.sync.models import SyncRun
from iterable_admin.outbox.switching import Mode
from iterable_admin.screens.dashboard.counting import list_url, number_of
from iterable_admin.screens.dashboard.syncs import Syncs

# Rate limits, a pause of Iterable's and the settling of an opt-out take minutes; an hour is none of these.
LONG = timedelta(hours=1)
GLYPHS = {"bad": "!", "wait": "‖", "good": "✓"}
Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alarm:
    sentence: str
    url: str = ""
    tone: str = "bad"


@dataclass(frozen=True, slots=True)
class Headline:
    first: Alarm
    rest: str

    @property
    def glyph(self) -> str:
        return GLYPHS[self.first.tone]


def headline(context: Context) -> Headline:
    found = list(alarms(context))
    first = found[0] if found else _all_is_well(context)
    told = [*_last_sync(context), *_needed(context), *_further(len(found) - 1), *_vacant(context)]
    return Headline(first, " ".join(told))


def alarms(context: Context) -> Iterator[Alarm]:
    """The worst first: what stops everything, what must not wait, what somebody decided, what failed, what is exposed."""
    if context.get("sees_health"):
        yield from _stopped(context)
        yield from _withdrawals(context)
        yield from _switched(context)
        yield from _sync(context["syncs"])
        yield from _stuck(context)
        yield from _slow(context)
    if context.get("sees_findings"):
        yield from _late_opt_outs(context)
        yield from _exposed(context)


def _stopped(context: Context) -> Iterator[Alarm]:
    if context["sending"]["switch"].halted_at:
        yield Alarm("Sending is halted: Iterable refused the key.", reverse("admin:outbox_sendingswitch_changelist"))
    silent = [pipe["name"] for pipe in context["pipes"] if not pipe["alive"]]
    if silent:
        yield Alarm(f"No worker has taken up the {' or the '.join(silent)} in three minutes.", "#workers")


def _withdrawals(context: Context) -> Iterator[Alarm]:
    found = context["withdrawals"]
    if found["count"]:
        verb = "is" if found["count"] == 1 else "are"
        url = found["deliveries_url"] if context["sees_deliveries"] else found["events_url"]
        yield Alarm(f"{number_of(found['count'], 'withdrawal')} {verb} not yet applied in Iterable.", url)


def _switched(context: Context) -> Iterator[Alarm]:
    url = reverse("admin:outbox_sendingswitch_changelist")
    match context["sending"]["mode"]:
        case Mode.PAUSED:
            yield Alarm("Sending is paused: only withdrawals leave.", url)
        case Mode.OBSERVE:
            yield Alarm("Observing: everything is decided, nothing leaves.", url, "wait")


def _sync(syncs: Syncs) -> Iterator[Alarm]:
    if (run := syncs.last) is None:
        return
    url = reverse("admin:sync_syncrun_change", args=[run.pk])
    match run.state:
        case SyncRun.State.FAILED | SyncRun.State.STOPPED:
            yield Alarm(f"The last sync {run.get_state_display()} ({_time(run.started_at)}).", url)
        case SyncRun.State.WITH_ERRORS:
            yield Alarm(f"{number_of(run.failed, 'row')} of the last sync failed.", url)
    if syncs.overdue:
        yield Alarm(f"No sync since {_time(run.started_at)}.", url)


def _stuck(context: Context) -> Iterator[Alarm]:
    for row in context["needs_you"]:
        yield Alarm(f"{row.what} {'needs' if row.count == 1 else 'need'} somebody: {row.reason}.", row.url or "#needs-you")


def _slow(context: Context) -> Iterator[Alarm]:
    oldest = context["waiting"]["oldest"]
    if oldest and timezone.now() - oldest > LONG:
        url = context["waiting"]["url"] if context["sees_deliveries"] else ""
        yield Alarm(f"A delivery has waited since {_time(oldest)}.", url, "wait")


def _late_opt_outs(context: Context) -> Iterator[Alarm]:
    clock = context["clock"]
    if clock.worst:
        url = reverse("admin:consent_subscriptionchange_clock")
        yield Alarm(f"An opt-out has not been effective in Iterable for over {clock.worst.name}.", url)


def _exposed(context: Context) -> Iterator[Alarm]:
    found = context["findings"]
    if found["blocking"]:
        exposed = f", the worst exposes {number_of(found['most_exposed'], 'person', 'people')}" if found["most_exposed"] else ""
        url = list_url("journeys_lintfinding", state__exact="open", severity__exact="B")
        stand = "stands" if found["blocking"] == 1 else "stand"
        yield Alarm(f"{number_of(found['blocking'], 'blocking finding')} {stand} open{exposed}.", url)


def _all_is_well(context: Context) -> Alarm:
    if context.get("sees_health"):
        count = context["waiting"]["count"]
        are = "is" if count == 1 else "are"
        words = f"{number_of(count, 'delivery', 'deliveries')} {are} on the way." if count else "Everything delivered."
        return Alarm(words, tone="good")
    if context.get("sees_findings"):
        return Alarm("No blocking finding stands open, and no opt-out is late.", tone="good")
    if context.get("sees_events"):
        return Alarm("Events come in as shown below.", tone="good")
    return Alarm("Your account has no role yet: a superuser adds it to a group.", tone="wait")


def _last_sync(context: Context) -> Iterator[str]:
    if context.get("sees_health"):
        run = context["syncs"].last
        state = "" if run is None or run.state == SyncRun.State.COMPLETED else f" ({run.get_state_display()})"
        yield f"Last sync {_time(run.started_at)}{state}." if run else "No sync has run yet."


def _needed(context: Context) -> Iterator[str]:
    if context.get("sees_health"):
        count = sum(row.count for row in context["needs_you"])
        yield f"{number_of(count, 'row')} {'needs' if count == 1 else 'need'} somebody." if count else "Nothing needs you."


def _further(count: int) -> Iterator[str]:
    if count > 0:
        yield f"{number_of(count, 'more thing')} to look at below."


def _vacant(context: Context) -> Iterator[str]:
    """Nothing stops by it, so it leads no line; but it stays in sight until somebody holds the role."""
    yield from (f"{dri.get_role_display()} is vacant." for dri in context.get("vacant", ()))


def _time(moment: datetime) -> str:
    """`02:14 UTC` of today, otherwise with its day."""
    local = timezone.localtime(moment)
    today = local.date() == timezone.localdate()
    return f"{local:%H:%M %Z}" if today else f"{local:%d %b %H:%M %Z}"
