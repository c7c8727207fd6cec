"""From the answer of a bulk call, which names who failed, to the outcome of each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.identity import sent_email
from iterable_admin.iterable.outcomes import BulkResult, Outcome, RowOutcome
from iterable_admin.iterable.reads.leniently import number, texts
from iterable_admin.iterable.writes import TrackedEvent

Json = Mapping[str, Any]


class Row(Protocol):
    @property
    def email(self) -> str | None: ...

    @property
    def user_id(self) -> str | None: ...


# Who a row is about, and who a list of failures names.
Place = Callable[[str, str], str]

# The most telling first: an identity may stand in several lists, above all in a deprecated one as well.
DETAILED = {
    "forgotten": Outcome.FORGOTTEN,
    "conflict": Outcome.CONFLICT,
    "invalidData": Outcome.WRONG_TYPE,
    "notFound": Outcome.NOT_FOUND,
    "invalid": Outcome.INVALID,
}
# Internal errors on Iterable's side.
INTERNAL = {"validEmailFailures": Outcome.RETRYABLE, "validUserIdFailures": Outcome.RETRYABLE}
NO_OP = {"noOpEmails": Outcome.NO_OP, "noOpUserIds": Outcome.NO_OP}
# True of the row, not of the person: another row of the same person may be well, so each listing explains one failure.
OF_ONE_ROW = {Outcome.WRONG_TYPE, Outcome.RETRYABLE, Outcome.UNKNOWN}
# Whether Iterable counts these among the failures is not established.
MAYBE_NOT_COUNTED = {Outcome.NO_OP, Outcome.DISALLOWED}

DELIVERED = RowOutcome(Outcome.DELIVERED)


def accepted(rows: Sequence[Row], call: Call) -> BulkResult:
    """For an answer that says nothing of single rows."""
    return BulkResult(rows=[DELIVERED for _ in rows], call=call)


def settle(rows: Sequence[Row], answer: Json, call: Call, *, not_found: Outcome = Outcome.NOT_FOUND) -> BulkResult:
    """`not_found`: what it means for this call that Iterable does not have the person."""
    disallowed = texts(answer.get("disallowedEventNames"))
    place = _placing(rows)
    named = _named_failures(answer, place, not_found)
    outcomes = [_outcome(row, named, disallowed) for row in rows]
    if _does_not_add_up(rows, outcomes, answer) or _failures_left_unnamed(rows, outcomes, answer, place):
        outcomes = [_doubted(answer) if outcome is DELIVERED else outcome for outcome in outcomes]
    return BulkResult(
        rows=outcomes,
        call=call,
        created_fields=texts(answer.get("createdFields")),
        filtered_out_fields=texts(answer.get("filteredOutFields")),
        disallowed_event_names=disallowed,
    )


def _count(found: object) -> int | None:
    counted = number(found)
    return counted if counted is not None and counted >= 0 else None


def _named_failures(answer: Json, place: Place, not_found: Outcome) -> dict[str, RowOutcome]:
    """By key (see `_row_key`); the first list that names an identity wins."""
    named: dict[str, RowOutcome] = {}
    for list_name, kind, members in _failure_lists(answer):
        outcome = not_found if kind is Outcome.NOT_FOUND else kind
        for member in members:
            named.setdefault(place(list_name, member), RowOutcome(outcome, f"Iterable lists it in {list_name}"))
    return named


def _failure_lists(answer: Json) -> Iterator[tuple[str, Outcome, list[str]]]:
    """The detailed lists, then their deprecated duplicates, into which users/bulkUpdate puts every failure."""
    found = answer.get("failedUpdates")
    detailed: Json = found if isinstance(found, Mapping) else {}
    known = {prefix + suffix: outcome for prefix, outcome in DETAILED.items() for suffix in ("Emails", "UserIds")}
    for list_name, outcome in (known | INTERNAL).items():
        yield list_name, outcome, texts(detailed.get(list_name))
    for list_name in sorted(detailed.keys() - known.keys() - INTERNAL.keys() - NO_OP.keys()):
        # A list that Iterable added since: something failed, and we cannot say what.
        yield list_name, Outcome.UNKNOWN, texts(detailed[list_name])
    for list_name, outcome in (known | INTERNAL | NO_OP).items():
        yield list_name, outcome, texts(answer.get(list_name))
    for list_name, outcome in NO_OP.items():
        yield list_name, outcome, texts(detailed.get(list_name))


def _placing(rows: Sequence[Row]) -> Place:
    """Emails match in any case and userIds exactly.

    Lower case comes first, because `straße` and `strasse`, equal when case-folded, are two people; the fold only
    finds what no row is equal to otherwise.
    """
    ours = {_row_key(row) for row in rows}
    folds = Counter(key.casefold() for key in ours)
    folded = {key.casefold(): key for key in ours if key.startswith("email:") and folds[key.casefold()] == 1}

    def place(list_name: str, member: str) -> str:
        if "email" not in list_name.lower():
            return _user_id_key(member)
        key = _email_key(member)
        return key if key in ours else folded.get(key.casefold(), key)

    return place


def _email_key(email: str) -> str:
    # Iterable answers with emails lower-cased, whatever was sent.
    return "email:" + sent_email(email)


def _user_id_key(user_id: str) -> str:
    return "user:" + user_id


def _row_key(row: Row) -> str:
    return _email_key(row.email) if row.email is not None else _user_id_key(row.user_id or "")


def _outcome(row: Row, named: Mapping[str, RowOutcome], disallowed: Sequence[str]) -> RowOutcome:
    if isinstance(row, TrackedEvent) and row.event_name in disallowed:
        return RowOutcome(Outcome.DISALLOWED, f"the project does not take events named {row.event_name}")
    return named.get(_row_key(row), DELIVERED)


def _does_not_add_up(rows: Sequence[Row], outcomes: Sequence[RowOutcome], answer: Json) -> bool:
    failed, succeeded = _count(answer.get("failCount")), _count(answer.get("successCount"))
    if failed is None or succeeded is None or failed + succeeded > len(rows):
        return True
    soft = sum(outcome.outcome in MAYBE_NOT_COUNTED for outcome in outcomes)
    # Several rows of one person may be counted once.
    delivered = {_row_key(row) for row, outcome in zip(rows, outcomes, strict=True) if outcome is DELIVERED}
    return succeeded + failed + soft < len({_row_key(row) for row in rows}) or succeeded < len(delivered)


def _failures_left_unnamed(rows: Sequence[Row], outcomes: Sequence[RowOutcome], answer: Json, place: Place) -> bool:
    failed, succeeded = _count(answer["failCount"]) or 0, _count(answer["successCount"]) or 0
    soft = sum(outcome.outcome in MAYBE_NOT_COUNTED for outcome in outcomes)
    counted_apart = succeeded + failed + soft == len(rows)
    explained = _explained(rows, outcomes, _times_listed(answer, place)) + (0 if counted_apart else soft)
    return failed > explained


def _explained(rows: Sequence[Row], outcomes: Sequence[RowOutcome], listed: Mapping[str, int]) -> int:
    """How many counted failures the lists account for."""
    of_person = sum(outcome is not DELIVERED and outcome.outcome not in OF_ONE_ROW | MAYBE_NOT_COUNTED for outcome in outcomes)
    of_row = {_row_key(row) for row, outcome in zip(rows, outcomes, strict=True) if outcome.outcome in OF_ONE_ROW}
    return of_person + sum(listed[key] for key in of_row)


def _times_listed(answer: Json, place: Place) -> dict[str, int]:
    """How often each identity stands in the list that names it most often: lists repeat each other."""
    listed: dict[str, int] = {}
    for list_name, _, members in _failure_lists(answer):
        for key, times in Counter(place(list_name, member) for member in members).items():
            listed[key] = max(listed.get(key, 0), times)
    return listed


def _doubted(answer: Json) -> RowOutcome:
    failed = answer.get("failCount", "no number of")
    return RowOutcome(Outcome.UNKNOWN, f"Iterable counts {failed} failed rows and does not name them all")
