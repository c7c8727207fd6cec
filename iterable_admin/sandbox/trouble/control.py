"""What the real one does not have: the log, the histories, faults and reset, for whoever runs the sandbox."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import Answer, Request, Route, bad_params
from iterable_admin.sandbox.dates import iso
from iterable_admin.sandbox.people.profiles import HISTORY_ARRAYS, Applied
from iterable_admin.sandbox.state import State
from iterable_admin.sandbox.trouble.page import show_page


def calls(state: State, request: Request) -> Answer:
    email = request.query.get("email")
    limit = request.query.get("limit", "100")
    if not limit.isdecimal():
        raise bad_params("limit must be a number")
    found = state.calls.latest(email.lower() if email else None, int(limit))
    return Answer(200, {"calls": [call.describe() for call in found]})


def history(state: State, request: Request) -> Answer:
    """Oldest first. Arrays are null while the person has none: never touched, so mailable on opt-out types."""
    key = request.query.get("email", "").lower() or f"userId:{request.query.get('userId')}"
    return Answer(200, {"email": key, "history": [describe_state(s) for s in state.people.histories.get(key, [])]})


def counts(state: State, request: Request) -> Answer:
    return Answer(200, {"users": len(state.people.everybody), "events": len(state.people.event_owner)})


def describe_state(applied: Applied) -> dict[str, Any]:
    arrays = applied.state or (None,) * len(HISTORY_ARRAYS)
    return {"at": applied.at, "time": iso(applied.at), "change": applied.change, **dict(zip(HISTORY_ARRAYS, arrays, strict=True))}


def reset(state: State, request: Request) -> Answer:
    state.reset()
    return Answer(200, {"reset": True})


def read_faults(state: State, request: Request) -> Answer:
    return Answer(200, state.faults.describe())


def change_faults(state: State, request: Request) -> Answer:
    """A preset's name switches it: true, false, or an object that shapes it, e.g. {"times": 5, "path": "/api/events"}.

    Status 0 is a reset connection, and "applied": true fails only after the work was done.
    """
    try:
        state.faults.change(request.json())
    except ValueError as error:
        raise bad_params(str(error)) from None
    return read_faults(state, request)


def read_clock(state: State, request: Request) -> Answer:
    clock = state.clock
    return Answer(200, {"now": clock.now(), "time": iso(clock.now()), "advanced": clock.step, "frozen": clock.frozen})


def step_clock(state: State, request: Request) -> Answer:
    """{"advance": seconds} moves the clock ahead; what falls due by it is visible at once."""
    seconds = request.json().get("advance")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise bad_params("advance: a number of seconds expected")
    try:
        state.clock.advance(seconds)
    except ValueError as error:
        raise bad_params(str(error)) from None
    state.settle()
    return read_clock(state, request)


def page(state: State, request: Request) -> Answer:
    return show_page(state, person=request.query.get("person", "").strip())


ROUTES = [
    Route("GET", "/", page),
    Route("GET", "/sandbox/calls.json", calls),
    Route("GET", "/sandbox/history.json", history),
    Route("GET", "/sandbox/counts.json", counts),
    Route("GET", "/sandbox/faults", read_faults),
    Route("POST", "/sandbox/faults", change_faults),
    Route("GET", "/sandbox/clock", read_clock),
    Route("POST", "/sandbox/clock", step_clock),
    Route("POST", "/sandbox/reset", reset),
]
