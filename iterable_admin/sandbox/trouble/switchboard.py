"""Faults, clock and reset by plain forms: what the page's buttons post."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from iterable_admin.sandbox.answers import PLAIN, Answer, Request, Route, bad_params
from iterable_admin.sandbox.state import State
from iterable_admin.sandbox.trouble.page import show_page
from iterable_admin.sandbox.trouble.presets import PRESETS
from iterable_admin.sandbox.trouble.rules import KINDS

LARGEST_FORM = 10_000


def switch(state: State, request: Request) -> Answer:
    """Form fields: `fault` names the switch, `on` is yes or no; the others shape the fault, empty ones say nothing."""
    form = read_form(request)
    name = form.pop("fault", "")
    if name not in PRESETS:
        raise bad_params(f"fault: no such switch: {name}")
    on = form.pop("on", "yes") == "yes"
    try:
        state.faults.change({name: {key: read_field(key, text) for key, text in form.items() if text} if on else False})
    except ValueError as error:
        return show_page(state, str(error))
    return back_to_page(f"#{name}")


def advance(state: State, request: Request) -> Answer:
    try:
        state.clock.advance(float(read_form(request).get("advance", "")))
    except ValueError:
        return show_page(state, "advance: a number of seconds, 0 or more, expected")
    state.settle()
    return back_to_page("#clock")


def read_form(request: Request) -> dict[str, str]:
    if len(request.raw) > LARGEST_FORM:
        raise bad_params("This form is too large")
    return {name: value.strip() for name, value in parse_qsl(request.raw.decode("utf-8", "replace"), keep_blank_values=True)}


def read_field(name: str, text: str) -> Any:
    """By the type that the field has; ValueError where the text is none of it."""
    kinds = KINDS.get(name, ())
    if int not in kinds:
        return text
    try:
        return float(text) if float in kinds else int(text)
    except ValueError:
        raise ValueError(f"{name}: a number expected") from None


def back_to_page(anchor: str) -> Answer:
    """303: a reload of the page does not post again."""
    return Answer(303, "", PLAIN, {"Location": f"/{anchor}"})


ROUTES = [
    Route("POST", "/sandbox/switch", switch),
    Route("POST", "/sandbox/step", advance),
]
