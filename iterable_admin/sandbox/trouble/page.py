"""The page at the root: the state as it stands, and switches for the faults; drawn by the server, without script."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from iterable_admin.sandbox.dates import iso, write_epoch
from iterable_admin.sandbox.people.profiles import ARRAYS, People, Profile
from iterable_admin.sandbox.trouble.markup import draw_table, frame, text
from iterable_admin.sandbox.trouble.switches import draw_clock, draw_switches

if TYPE_CHECKING:
    from iterable_admin.sandbox.calls import Call
    from iterable_admin.sandbox.state import State

SHOWN = 50


def draw_page(state: State, problem: str = "") -> str:
    """`problem` says what was wrong with the form just posted."""
    parts = [
        *draw_head(state, problem),
        draw_switches(state.faults),
        draw_standing(state),
        *draw_calls(state),
        *draw_people(state.people),
        *draw_events(state.people),
    ]
    return frame("Iterable sandbox", "".join(parts))


def draw_head(state: State, problem: str) -> Iterable[str]:
    if problem:
        yield f'<p class="problem" role="alert">{text(problem)}</p>'
    yield f"<p>Project type {text(state.project_type)}. {len(state.pending):,} accepted calls are not visible yet.</p>"
    yield draw_clock(state.clock)


def draw_standing(state: State) -> str:
    """What is set, besides the switches: by option, or by POST /sandbox/faults."""
    faults = state.faults.describe()
    rows = [(name, faults[name]) for name in faults if name not in state.faults.switches and faults[name] is not False]
    return "<h2>Other settings</h2>" + draw_table(("Setting", "Value"), rows)


def draw_calls(state: State) -> Iterable[str]:
    yield "<h2>Recent calls</h2>"
    heads = ("Time", "Call", "Status", "Fault", "Done", "Seconds", "Body")
    yield draw_table(heads, (call_row(call) for call in state.calls.latest(None, SHOWN)))


def call_row(call: Call) -> tuple[Any, ...]:
    done = "yes" if call.applied else "no"
    seconds = f"{call.seconds:.3f}"
    return (iso(call.at), f"{call.method} {call.path}", call.status or "no answer", call.fault, done, seconds, call.body)


def draw_people(people: People) -> Iterable[str]:
    yield f"<h2>Users ({len(people.everybody):,})</h2>"
    yield draw_table(("User", *ARRAYS, "Fields", "Updated"), (user_row(profile) for profile in newest(people)))


def newest(people: People) -> list[Profile]:
    """The users made last; dictionaries keep the order of creation."""
    return list(islice(reversed(people.everybody.values()), SHOWN))


def user_row(profile: Profile) -> tuple[Any, ...]:
    arrays = profile.arrays or {}
    return (profile.key, *(arrays.get(name, "never set") for name in ARRAYS), profile.fields, iso(profile.updated_at))


def draw_events(people: People) -> Iterable[str]:
    events = [(p, p.events[key]) for key, p in islice(reversed(people.event_owner.items()), SHOWN)]
    yield f"<h2>Events ({len(people.event_owner):,})</h2>"
    heads = ("Created", "Event", "User", "Id", "Fields")
    yield draw_table(heads, ((write_epoch(e.created_at), e.name, p.key, e.id, e.fields) for p, e in events))
