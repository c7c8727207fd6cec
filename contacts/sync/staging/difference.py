"""Which of the people read differ from where they stand, and who is no longer there: joins in DuckDB, nobody one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from contacts.presence import listed_since
from contacts.sync import reasons
from contacts.sync.models import SyncRun, SyncState
from contacts.sync.staging.rows import SourceRow, source_rows
from contacts.sync.staging.stage import Stage

NAMESPACES = "namespaces_array"
PEOPLE_A_TIME, LAST = 20_000, 2**62
"""Whose namespaces are put into one order in one statement: nested values take a multiple of their text in memory."""

# Known rows whose text differs from last time's; of these the order of keys, objects, repeats and stages is no difference.
# A newcomer's digest, for the next time, is taken when they are looked at: while others are written, and not before.
DIFFERING = """CREATE TABLE differing AS SELECT place FROM people
    JOIN states USING (k) WHERE people.text_number IS DISTINCT FROM states.text_number"""
ENTRY = """if(starts_with(entry.value::VARCHAR, '['),
    array_to_string(list_sort(from_json(entry.value, '["JSON"]'))::VARCHAR[], ','), entry.value::VARCHAR)"""
OBJECT = f"""array_to_string(list_sort(list_transform(
    list_filter(map_entries(object), lambda entry: entry.value::VARCHAR <> 'null'),
    lambda entry: entry.key || '=' || {ENTRY})), ',')"""
IN_ONE_ORDER = f"""list_sort(list_distinct(list_transform(
    from_json({NAMESPACES}, '["MAP(VARCHAR, JSON)"]'), lambda object: {OBJECT})))::VARCHAR"""
IS_ARRAY = f"json_valid({NAMESPACES}) AND json_type({NAMESPACES}) = 'ARRAY'"
# What is not an array of objects keeps its text: its person fails by itself.
SAID = f"""CASE WHEN {IS_ARRAY} AND len(list_filter(from_json(if({IS_ARRAY}, {NAMESPACES}, '[]'), '["JSON"]'),
    lambda object: coalesce(json_type(object), '') <> 'OBJECT')) = 0 THEN {IN_ONE_ORDER} ELSE {NAMESPACES}::VARCHAR END"""
# A stretch of the rows at a time: they are read once then, and nothing wide is held for a join.
DIGESTS = """INSERT INTO digests SELECT place, {digest} FROM read_rows
    JOIN (SELECT place FROM differing WHERE place >= ? AND place < ?) AS these ON these.place = read_rows.rowid
    WHERE read_rows.rowid >= ? AND read_rows.rowid < ?"""

CLASHING = """CREATE TABLE clashing AS SELECT place, mailbox IN (FROM shared_mailboxes) AS shares_mailbox,
    coalesce(user_id IN (FROM shared_users), false) AS shares_user FROM people
    WHERE mailbox IN (FROM shared_mailboxes) OR user_id IN (FROM shared_users)"""
AT_REST = f"""states.gone = '' AND (people.text_number = states.text_number OR md5_number(digests.digest) = states.number)
    AND CASE states.outcome
        WHEN '' THEN states.settled AND coalesce(presences.present, NOT $everybody_listed)
        WHEN '{reasons.NOT_IN_ITERABLE}' THEN coalesce(NOT presences.present, $everybody_listed)
        ELSE true END"""
# One join after the other: each fits into memory by itself.
STANDING = f"""CREATE TABLE standing AS SELECT people.place, people.k, states.outcome, coalesce({AT_REST}, false) AS at_rest
    FROM people JOIN states USING (k) LEFT JOIN presences USING (k) LEFT JOIN digests USING (place)"""
SORTED_OUT = """CREATE TABLE sorted_out AS SELECT people.place, standing.outcome,
    coalesce(at_rest, false) AND clashing.place IS NULL AS at_rest, people.k IN (FROM mine) AS is_mine,
    coalesce(shares_mailbox, false) AS shares_mailbox, coalesce(shares_user, false) AS shares_user
    FROM people LEFT JOIN standing USING (place) LEFT JOIN clashing USING (place)"""
NO_LONGER_THERE = """CREATE TABLE no_longer_there AS SELECT states.key, states.created_at < ? AS too_old FROM states
    ANTI JOIN people USING (k) WHERE states.gone = '' AND states.was_read"""


@dataclass(frozen=True, slots=True)
class Difference:
    """In people: those at rest by outcome ('' is unchanged), those to look at, and those no longer there."""

    read: int
    at_rest: dict[str, int] = field(default_factory=dict)
    to_do: int = 0
    known: int = 0
    """How many had something accepted before this run."""
    left: int = 0
    vanished: int = 0


def find_difference(stage: Stage, run: SyncRun, revision: str) -> Difference:
    _digest_differing(stage, revision)
    stage.run(CLASHING)
    stage.connection.execute(STANDING, {"everybody_listed": listed_since() is not None})
    stage.run(SORTED_OUT)
    stage.run("CREATE TABLE met_elsewhere (key VARCHAR)")
    stage.run(NO_LONGER_THERE, [run.window_start.replace(tzinfo=None)])
    rest = stage.rows("SELECT outcome, count(*) FROM sorted_out WHERE at_rest AND NOT is_mine GROUP BY outcome")
    whole = run.limit is None and not run.only_email
    gone = dict(stage.rows("SELECT too_old, count(*) FROM no_longer_there GROUP BY too_old")) if whole else {}
    return Difference(
        read=stage.one("SELECT count(*) FROM sorted_out"),
        at_rest=dict(rest),
        to_do=stage.one("SELECT count(*) FROM sorted_out WHERE NOT at_rest AND NOT is_mine"),
        known=stage.one("SELECT count(*) FROM states WHERE accepted") + _overwritten(run),
        left=gone.get(True, 0),
        vanished=gone.get(False, 0) + gone.get(None, 0),
    )


def _overwritten(run: SyncRun) -> int:
    """People of whom others wrote a field since: something was accepted of them all the same."""
    return SyncState.objects.filter(definition=run.definition_id, fingerprint="").exclude(accepted={}).count()


def _digest_differing(stage: Stage, revision: str) -> None:
    stage.run(DIFFERING)
    stage.run("CREATE TABLE digests (place BIGINT, digest VARCHAR)")
    if not stage.columns:
        return
    stage.digest = f"md5(concat_ws(chr(31), '{revision}', {', '.join(_said(stage, name) for name in stage.compared)}))"
    for start, end in stretches(stage):
        stage.run(DIGESTS.format(digest=stage.digest), [start, end, start, end])


def stretches(stage: Stage) -> Iterator[tuple[int, int]]:
    """Of the places of all rows."""
    for start in range(0, int(stage.one("SELECT count(*) FROM read_rows")), PEOPLE_A_TIME):
        yield start, start + PEOPLE_A_TIME


def _said(stage: Stage, column: str) -> str:
    nested = column == NAMESPACES and stage.one(f"SELECT any_value(typeof({NAMESPACES})) FROM read_rows") in ("VARCHAR", "JSON")
    said = SAID if nested else f'"{column}"::VARCHAR'
    return f"coalesce({said}, chr(30))"


def to_do(stage: Stage, rows: int) -> Iterator[SourceRow]:
    """Everybody to look at; the rows that share a mailbox come one after the other, at the end."""
    if not stage.columns:
        return
    told = ", ".join(["key", "mailbox", "text_digest", "shares_user", *(f'"{name}"' for name in stage.columns)])
    alone, sharing = f"{told}, coalesce(digest, {stage.digest}) AS digest", f"{told}, digest"
    for start, end in stretches(stage):
        yield from _source_rows(stage, rows, alone, f"NOT shares_mailbox AND place >= {start} AND place < {end}", (start, end))
    # They may be all there are, and are held, not kept: no digest is taken of them at once.
    yield from _source_rows(stage, rows, sharing, "shares_mailbox", (0, LAST), "ORDER BY mailbox, place")


def _source_rows(
    stage: Stage, rows: int, told: str, condition: str, between: tuple[int, int], order: str = ""
) -> Iterator[SourceRow]:
    chosen = f"""SELECT place, key, mailbox, text_digest, digest, shares_user FROM sorted_out JOIN people USING (place)
        LEFT JOIN digests USING (place) WHERE NOT at_rest AND NOT is_mine AND {condition}"""
    query = f"""SELECT {told} FROM read_rows JOIN ({chosen}) AS chosen ON chosen.place = read_rows.rowid
        WHERE read_rows.rowid >= {between[0]} AND read_rows.rowid < {between[1]} {order}"""
    for batch in stage.stream(query, rows):
        yield from source_rows(batch)


def is_read(stage: Stage, key: str) -> bool:
    """Whether the source has a row of this address."""
    return bool(stage.rows("SELECT 1 FROM people WHERE k = md5_number(?) LIMIT 1", [key]))


def gone_keys(stage: Stage, kind: SyncState.Gone, rows: int) -> Iterator[list[str]]:
    too_old = "too_old" if kind == SyncState.Gone.LEFT else "too_old IS NOT TRUE"
    for batch in stage.stream(f"SELECT key FROM no_longer_there ANTI JOIN met_elsewhere USING (key) WHERE {too_old}", rows):
        yield batch.column(0).to_pylist()
