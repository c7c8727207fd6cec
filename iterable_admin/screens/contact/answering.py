"""May this person be mailed, and why not? One sentence, and one line for each message type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contacts.consent.resolver.moments import is_marketing
from iterable_admin.screens.contact.subscriptions import Row, Why

SEES_TO_IT = "The technical owner sees to it now that the opt-out reaches Iterable."
BANNED = "Nobody may send with this type: the campaigns owner takes it out of whatever uses it, before its next send."
NOT_AGREED = "The campaigns owner keeps this person out of whatever uses this type, before its next send."


@dataclass(frozen=True, slots=True)
class OfType:
    row: Row
    state: str
    word: str
    why: Why
    acts: str = ""
    """Of what is red: who does what about it, and when."""


@dataclass(frozen=True, slots=True)
class Mailable:
    """`state` is that of the sentence; `types` are those in use first, marketing before the rest."""

    state: str
    word: str
    sentence: str
    why: Why | None
    types: tuple[OfType, ...]


def mailable(rows: Sequence[Row]) -> Mailable:
    types = sorted((_of_type(row) for row in rows), key=_order)
    marketing = [one for one in types if is_marketing(one.row.message_type.channel)]
    exposed = [one for one in marketing if one.row.line.verdicts.exposed and not _only_banned(one)]
    in_use = [one for one in marketing if not one.row.message_type.do_not_use]
    yes = [one for one in in_use if one.row.should.state == "done"]
    state, word, sentence, why = _sentence(exposed, yes, in_use)
    return Mailable(state, word, sentence, why, tuple(types))


def _only_banned(one: OfType) -> bool:
    """By its default such a type would mail everybody who was never asked: told with the type, not as the answer."""
    return one.row.message_type.do_not_use and one.why.code == "NO_EVIDENCE"


def _order(one: OfType) -> tuple[bool, bool]:
    return one.row.message_type.do_not_use, not is_marketing(one.row.message_type.channel)


def _sentence(exposed: list[OfType], yes: list[OfType], in_use: list[OfType]) -> tuple[str, str, str, Why | None]:
    if exposed:
        why = exposed[0].why
        return "needs_you", "Not by us, but Iterable would", f"{_names(exposed)}: {why.sentence} {exposed[0].acts}", why
    if not in_use:
        return "waiting", "Not known", "No marketing message type is known yet: `manage.py seed` fills them.", None
    if not yes:
        why = in_use[0].row.should.whys[0]
        return "skipped", "No marketing mail", why.sentence, why
    unsure = [one for one in yes if one.state != "done"]
    if unsure:
        return unsure[0].state, "We may", f"{_names(yes)}: {unsure[0].why.sentence}", unsure[0].why
    return "done", "Yes", f"{_names(yes)}: nothing keeps it from this person.", None


def _names(types: Sequence[OfType]) -> str:
    return ", ".join(str(one.row.message_type) for one in types)


def _of_type(row: Row) -> OfType:
    """The answer of the two verdicts together, with the reason that decides."""
    will, should = row.line.verdicts.will.allowed, row.line.verdicts.should.allowed
    if row.line.verdicts.exposed:
        why = row.should.whys[0]
        return OfType(row, "needs_you", "Iterable would, and should not", why, _acts(row, why))
    if not should:
        return OfType(row, "skipped", "no", row.should.whys[0])
    if will is None:
        return OfType(row, "waiting", "we may; Iterable is not known", row.will.whys[0])
    return (
        OfType(row, "done", "yes", row.will.whys[0])
        if will
        else OfType(row, "held", "we may; Iterable will not", row.will.whys[0])
    )


def _acts(row: Row, why: Why) -> str:
    if why.code != "NO_EVIDENCE":
        return SEES_TO_IT
    return BANNED if row.message_type.do_not_use else NOT_AGREED
