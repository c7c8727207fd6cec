"""From what was found to findings that open, worsen, come back and end; each change is told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from journeys.lint.models import LintException, LintFinding, Notification
from journeys.lint.notifying import Told, tell
from journeys.lint.registry import Found, Rule, fingerprint

State = LintFinding.State
Change = Notification.Change
GRAVITY = {"I": 0, "W": 1, "B": 2}
# A count that moves by a person each hour is not news each hour.
NOTABLE_PART = 10


EVERYTHING = Q()


@transaction.atomic
def settle(found: Sequence[tuple[Rule, Found]], codes: Collection[str], now: datetime, within: Q = EVERYTHING) -> dict[str, int]:
    """`codes`: the rules that looked, `within` at what; what they found there before and did not find again is resolved."""
    standing = {row.fingerprint: row for row in _standing(codes, within)}
    excuses = list(LintException.objects.filter(ended_at=None, expires_at__gt=now))
    seen = {fingerprint(rule.code, item): (rule, item) for rule, item in found}
    told: list[Told] = []
    for key, (rule, item) in seen.items():
        told += _met(standing.get(key) or _new(key, rule, now), rule, item, excuses, now)
    for key, row in standing.items():
        if key not in seen:
            told += _gone(row, now)
    # What somebody describes mails nobody: its page tells, and it is no alarm.
    tell([one for one in told if one[0].subject_kind != LintFinding.Subject.VERSION], now)
    counts = Counter(change.value for _, change in told)
    return {"found": len(seen), **{change.value: counts[change.value] for change in Change}}


def _standing(codes: Collection[str], within: Q) -> Sequence[LintFinding]:
    rows = LintFinding.objects.select_for_update().filter(within, code__in=codes, state__in=LintFinding.STANDING)
    return list(rows)


def _new(key: str, rule: Rule, now: datetime) -> LintFinding:
    return LintFinding(fingerprint=key, code=rule.code, severity="", first_seen=now)


def _met(row: LintFinding, rule: Rule, item: Found, excuses: Sequence[LintException], now: datetime) -> list[Told]:
    is_new, severity = row.pk is None, (item.severity or rule.severity).value
    worse = not is_new and _is_worse(row, severity, item.exposed)
    was = row.state
    _describe(row, item, severity, now)
    row.state = State.EXCEPTED if any(excuse.covers(row) for excuse in excuses) else State.OPEN
    change = _change(is_new, worse, was, row)
    if worse:
        row.worse_at = now
    if change:
        row.exposed_told = item.exposed or 0
    row.save()
    return [(row, change)] if change else []


def _describe(row: LintFinding, item: Found, severity: str, now: datetime) -> None:
    row.severity, row.sentence, row.evidence = severity, item.sentence, item.evidence
    row.exposed, row.next_step, row.last_seen = item.exposed, item.next_step, now
    about = item.about
    row.subject_kind, row.subject_id, row.subject_name = about.kind, about.id, about.name[:255]
    row.journey, row.message_type = about.journey, about.message_type


def _change(is_new: bool, worse: bool, was: str, row: LintFinding) -> Change | None:
    """What is excepted is not told: it is looked at again when the exception ends."""
    if row.state == State.EXCEPTED:
        return None
    if is_new:
        return Change.NEW
    if was == State.EXCEPTED:
        return Change.REOPENED
    return Change.WORSE if worse else None


def _is_worse(row: LintFinding, severity: str, exposed: int | None) -> bool:
    if GRAVITY[severity] > GRAVITY[row.severity]:
        return True
    grown = (exposed or 0) - row.exposed_told
    return grown > 0 and grown * NOTABLE_PART >= row.exposed_told


def _gone(row: LintFinding, now: datetime) -> list[Told]:
    was, row.state, row.resolved_at = row.state, State.RESOLVED, now
    row.save(update_fields=["state", "resolved_at"])
    return [(row, Change.RESOLVED)] if was == State.OPEN else []
