"""Changes in Iterable that decide who is mailed, and that somebody has to look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from contacts.consent.models import Channel, List, MessageType
from iterable_admin.audit.pills import moment_text
from journeys.lint.ground import Ground
from journeys.lint.models import LintFinding
from journeys.lint.registry import About, Found, Rule, Severity, fingerprint, register
from journeys.lint.subjects import of_list, of_message_type, of_template
from journeys.mirror.subscriptions import COUNTED
from journeys.models import MirrorChange, MirrorRun, Template

# What decides who gets a mail.
DECISIVE = {"message_type": ("policy", "channel_id"), "template": ("message_type_id",)}


@register
class SUB04(Rule):
    """The policy or channel of a message type, or the message type of a template, changed since somebody accepted it.

    It takes effect on save, for everybody who comes to the step from then on. What was changed back is
    no finding; accepting one says that the change is as it should be.
    """

    code, severity, title, of_a_change = "SUB04", Severity.WARNING, "changed since it was accepted", True

    def find(self, ground: Ground) -> Iterator[Found]:
        accepted = _accepted(self.code)
        for (kind, iterable_id, field), changes in _decisive_changes().items():
            about = _subject(kind, iterable_id)
            if about is None:
                continue
            until = accepted.get(fingerprint(self.code, Found(about, "", "", part=field)), 0)
            told = [change for change in changes if change.pk > until]
            if told and told[0].old != told[-1].new:
                yield _changed(about, field, told)


def _changed(about: About, field: str, told: list[MirrorChange]) -> Found:
    old, new = (_words(field, value) for value in (told[0].old, told[-1].new))
    what = field.removesuffix("_id").replace("_", " ")
    return Found(
        about,
        f"Its {what} changed from {old} to {new}, seen {moment_text(told[-1].seen_at)}.",
        "The campaigns owner looks whether that was meant; the business owner accepts it, or it is changed back in Iterable.",
        evidence={"field": field, "old": told[0].old, "new": told[-1].new, "changes": len(told), "change": told[-1].pk},
        part=field,
    )


def _words(field: str, value: Any) -> str:
    """The name of a type or a channel, where there is one."""
    if field == "channel_id":
        return str(Channel.objects.filter(pk=value).first() or value)
    if field == "message_type_id":
        named = MessageType.objects.filter(iterable_id=value).first() if value else None
        return str(named or value or "none")
    return str(value)


def _decisive_changes() -> dict[tuple[str, int, str], list[MirrorChange]]:
    """Oldest first, by thing and field."""
    found: defaultdict[tuple[str, int, str], list[MirrorChange]] = defaultdict(list)
    for kind, fields in DECISIVE.items():
        for change in MirrorChange.objects.filter(kind=kind, field__in=fields).order_by("pk"):
            found[kind, change.iterable_id, change.field].append(change)
    return found


def _accepted(code: str) -> dict[str, int]:
    """The last change that each told of: what came after nobody has looked at, even if it came before they accepted."""
    rows = LintFinding.objects.filter(code=code, accepted_at__isnull=False).order_by("pk")
    return {key: evidence.get("change", 0) for key, evidence in rows.values_list("fingerprint", "evidence")}


def _subject(kind: str, iterable_id: int) -> About | None:
    """None for what is not there any more."""
    if kind == "message_type":
        message_type = MessageType.objects.filter(iterable_id=iterable_id, missing_since=None).first()
        return of_message_type(message_type) if message_type else None
    if kind == "list":
        row = List.objects.filter(iterable_id=iterable_id, missing_since=None).first()
        return of_list(row) if row else None
    template = Template.objects.filter(iterable_id=iterable_id, missing_since=None).first()
    return of_template(template) if template else None


@register
class SUB11(Rule):
    """A message type or a list appeared in Iterable, and nobody has taken it on yet.

    A new type is opt-out unless somebody chooses otherwise. What the first mirror found was there before.
    """

    code, severity, title, of_a_change = "SUB11", Severity.INFO, "new message type or list", True

    def find(self, ground: Ground) -> Iterator[Found]:
        accepted = _accepted(self.code)
        for change in _news():
            about = _subject(change.kind, change.iterable_id)
            if about is None:
                continue
            found = Found(
                about,
                f"Appeared in Iterable, seen {moment_text(change.seen_at)}. Nobody is named for it.{_policy(about)}",
                "The campaigns owner says whose it is; the business owner accepts it with that in the reason.",
                evidence={"kind": change.kind, "id": change.iterable_id, "change": change.pk},
            )
            if change.pk > accepted.get(fingerprint(self.code, found), 0):
                yield found


def _news() -> Iterator[MirrorChange]:
    """Since the first run in which their kind could be read."""
    for kind, counted in (("message_type", COUNTED), ("list", "lists")):
        first = MirrorRun.objects.filter(counts__has_key=counted).order_by("pk").values_list("pk", flat=True).first()
        if first is not None:
            yield from MirrorChange.objects.filter(kind=kind, field="appeared", run__gt=first).order_by("pk")


def _policy(about: About) -> str:
    return f" Its policy is {about.message_type.get_policy_display()}." if about.message_type else ""
