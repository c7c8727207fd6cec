"""What keeps each message from whoever came to it in a replay, as of the moment at which they came: of all messages at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from contacts.conditions.sql_gathering import values_of
from contacts.consent.resolver.conditions import Sql
from contacts.consent.resolver.people import PRESENCE, Variant, first_reason
from contacts.consent.resolver.people_at import PeopleAt
from journeys.definition.graph import Message
from journeys.rehearsal.bounding import AGED_OUT, BLOCKED, EXPOSED, SENT, UNKNOWN, Cell, Said, cell_of
from journeys.rehearsal.causes import cause_of, source_of, withdrew_from
from journeys.rehearsal.counting import RETIRED, as_truth
from journeys.rehearsal.moments import window
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.temporary import temporary

WALKS = "rehearsal_walks"
ARRIVALS = "rehearsal_arrivals"


@dataclass(frozen=True)
class Verdicts:
    """`said`: `WITH said AS (…)`, a row for each arrival with `step`, a place in `steps`; `cause`: over its rows `c`."""

    steps: Sequence[Message]
    said: Sql
    cause: Sql


@contextmanager
def verdicts(scene: Scene, numbers: Mapping[str, int]) -> Iterator[Verdicts]:
    """`numbers`: in `WALKS`, of the steps that are asked about: `mailed` ones."""
    steps = mailed(scene, numbers)
    variants = list(dict.fromkeys(steps.values()))
    arrivals = [_arrivals(place, numbers[step.key], variants.index(of)) for place, (step, of) in enumerate(steps.items())]
    with temporary(ARRIVALS, f"AS {_arrived(' UNION ALL '.join(arrivals), len(steps))}", analyzed="n, address_key"):
        yield Verdicts(list(steps), *_said(scene, variants))


def mailed(scene: Scene, numbers: Mapping[str, int]) -> dict[Message, Variant]:
    """The messages people can come to, less those of a retired type."""
    return {step: variant for step in scene.messages() if step.key in numbers and (variant := scene.variant(step))}


def _arrivals(place: int, number: int, variant: int) -> str:
    """Of one step."""
    return f"SELECT {place} AS step, {variant} AS variant, w.k{number} AS at, w.* FROM {WALKS} w WHERE w.k{number} IS NOT NULL"


def _arrived(together: str, steps: int) -> str:
    """With a number of its own for each, because one entry comes to several steps."""
    created = "w.account_created_at"
    aged = f"({created} IS NOT NULL AND {created} >= {window('w.t0')} AND {created} < {window('w.at')})"
    return f"""SELECT w.n * {steps} + w.step AS n, w.step, w.variant, w.id AS contact, w.address_key,
        w.email <> '' AS has_address, w.at, {aged} AS aged FROM ({together}) w"""


def _said(scene: Scene, variants: Sequence[Variant]) -> tuple[Sql, Sql]:
    carried = ("step", "variant", "contact", "at", "aged")
    people = PeopleAt(list(scene.types.values()), asked=ARRIVALS, carried=carried)
    table, values = people.table()
    code, inner = _by_variant("variant", variants, lambda variant: first_reason(variant, people))
    broad, more = _by_variant("variant", variants, lambda variant: withdrew_from(people.columns(variant)))
    told = f"SELECT address_key, {', '.join(carried)}, {PRESENCE} AS presence, {code} AS code_0, {broad} AS broad_0 FROM people"
    until = (" AND ch.occurred_at <= c.at", ())
    cause = _by_variant("c.variant", variants, lambda variant: source_of(0, variant, people, until))
    return (f"{table}, said AS MATERIALIZED ({told})", (*values, *inner, *more)), cause


def _by_variant(column: str, variants: Sequence[Variant], sql: Callable[[Variant], Sql]) -> Sql:
    told = [sql(variant) for variant in variants]
    whens = " ".join(f"WHEN {number} THEN {text}" for number, (text, _) in enumerate(told))
    return f"CASE {column} {whens} END", values_of(told)


def verdict_cell(key: str, row: Sequence[Any]) -> Cell:
    """Of code, source, presence and whether they left the window meanwhile."""
    code, source, present, aged = row
    cell = cell_of(key, Said(code, cause_of(code, source), as_truth(present)))
    gone = as_truth(aged) and cell.outcome in (SENT, EXPOSED, UNKNOWN)
    return Cell(key, BLOCKED, AGED_OUT) if gone else cell


def retired_cell(key: str) -> Cell:
    return cell_of(key, Said(RETIRED, "", False))
