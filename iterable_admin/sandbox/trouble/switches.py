"""The switches on the page: a form each, which says whether it is on, since when, and how often it struck."""

from __future__ import annotations

from iterable_admin.sandbox.clock import Clock
from iterable_admin.sandbox.dates import iso
from iterable_admin.sandbox.trouble.faults import Faults, Switched
from iterable_admin.sandbox.trouble.markup import text
from iterable_admin.sandbox.trouble.presets import PRESETS, Preset

SHAPING = (("times", "For how many calls"), ("path", "Path begins with"), ("person", "About this person"))
WAITING = (("seconds", "Seconds"),)
ASKING = (("retry_after", "Retry-After, in seconds"),)


def draw_switches(faults: Faults) -> str:
    ordered = sorted(PRESETS.items(), key=lambda item: item[0] not in faults.switches)
    items = "".join(draw_switch(name, preset, faults.switches.get(name)) for name, preset in ordered)
    on = f"{len(faults.switches)} on" if faults.switches else "all off"
    return f'<h2 id="faults">Faults ({on})</h2><ul class="switches">{items}</ul>'


def draw_switch(name: str, preset: Preset, switched: Switched | None) -> str:
    form = draw_off(name) if switched else draw_on(name, preset)
    words = f'<h3>{text(name)}</h3><p>{text(preset.words)}</p><p class="state">{describe(switched)}</p>'
    return f'<li id="{text(name)}" class="{"on" if switched else "off"}">{words}{form}</li>'


def describe(switched: Switched | None) -> str:
    if switched is None:
        return "Off."
    rule = switched.rule
    left = "until it is switched off" if rule.times is None else f"for {count(rule.times)} more"
    about = f", about {rule.person}" if rule.person else ""
    last = f", last at {iso(switched.last_at)}" if switched.last_at is not None else ""
    return text(f"On since {iso(switched.since)}, {left}, on {rule.path}{about}. Struck {count(switched.struck)}{last}.")


def count(calls: int) -> str:
    return "1 call" if calls == 1 else f"{calls:,} calls"


def draw_on(name: str, preset: Preset) -> str:
    shaping = SHAPING + (WAITING if "seconds" in preset.rule else ()) + (ASKING if "retry_after" in preset.rule else ())
    inputs = "".join(draw_input(name, field, label, preset) for field, label in shaping)
    return (
        f'<form method="post" action="/sandbox/switch">{hidden(name, "yes")}<button aria-label="Switch {text(name)} on">'
        "Switch on</button><details><summary>For some calls, or shaped otherwise</summary>"
        f'<div class="shape">{inputs}</div></details></form>'
    )


def draw_off(name: str) -> str:
    button = f'<button aria-label="Switch {text(name)} off">Switch off</button>'
    return f'<form method="post" action="/sandbox/switch">{hidden(name, "no")}{button}</form>'


def hidden(name: str, on: str) -> str:
    return f'<input type="hidden" name="fault" value="{text(name)}"><input type="hidden" name="on" value="{on}">'


def draw_input(name: str, field: str, label: str, preset: Preset) -> str:
    value = preset.rule.get(field, "/api/" if field == "path" else "")
    mode = "" if field in ("path", "person") else ' inputmode="decimal"'
    words = {"times": "until switched off", "person": "everybody"}.get(field, "")
    return (
        f'<label for="{text(name)}-{field}">{text(label)}<input id="{text(name)}-{field}" name="{field}" '
        f'value="{text(value)}" placeholder="{words}"{mode} autocomplete="off"></label>'
    )


def draw_clock(clock: Clock) -> str:
    kind = "stands still" if clock.frozen else "runs"
    ahead = f", {clock.step:g} s moved ahead by hand" if clock.step else ""
    return (
        '<form id="clock" class="clock" method="post" action="/sandbox/step">'
        f"<span>It is {iso(clock.now())}; the clock {kind}{ahead}.</span>"
        '<label for="advance">Seconds<input id="advance" name="advance" inputmode="decimal" value="60"></label>'
        "<button>Move the clock ahead</button></form>"
    )
