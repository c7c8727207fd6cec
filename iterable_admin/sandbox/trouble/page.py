"""The page at the root: the state as it stands, and switches for the faults; drawn by the server, without script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from iterable_admin.sandbox.answers import HTML, Answer
from iterable_admin.sandbox.dates import iso, write_epoch
from iterable_admin.sandbox.people.profiles import ARRAYS, Event, People, Profile
from iterable_admin.sandbox.trouble.markup import Folded, draw_table, frame, text
from iterable_admin.sandbox.trouble.switches import draw_clock, draw_switches

if TYPE_CHECKING:
    from iterable_admin.sandbox.calls import Call
    from iterable_admin.sandbox.state import State

SHOWN = 50
# Nothing is loaded, and no page of another site may frame this one and have its buttons pressed.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'"
PARTS = ("Faults", "Calls", "Users", "Events", "Webhooks")


def show_page(state: State, problem: str = "", person: str = "") -> Answer:
    """400 if there is a problem."""
    return Answer(400 if problem else 200, draw_page(state, problem, person), HTML, {"Content-Security-Policy": POLICY})


def draw_page(state: State, problem: str = "", person: str = "") -> str:
    """`problem`: what was wrong with the form just posted. `person`: calls, users and events of this one alone."""
    parts = [
        *draw_head(state, problem, person),
        draw_switches(state.faults),
        draw_standing(state),
        *draw_calls(state, person),
        *draw_people(state.people, person),
        *draw_events(state.people, person),
        *draw_postings(state),
    ]
    return frame("Iterable sandbox", "".join(parts))


def draw_head(state: State, problem: str, person: str) -> Iterable[str]:
    if problem:
        yield f'<p class="problem" role="alert">{text(problem)}</p>'
    key = "with any API key" if state.api_key is None else "with its one API key"
    waiting = len(state.pending)
    yield (
        f"<p>A stand-in for Iterable: point a client at this address, {key}. Project type: {text(state.project_type)}. "
        f"{'Every accepted call is visible.' if not waiting else f'{waiting:,} accepted calls are not visible yet.'}</p>"
    )
    yield "<nav>" + " ".join(f'<a href="#{name.lower()}">{name}</a>' for name in PARTS) + "</nav>"
    yield draw_clock(state.clock)
    yield draw_search(person)


def draw_search(person: str) -> str:
    back = '<a href="/">Show everybody</a>' if person else ""
    return (
        '<form class="clock" method="get" action="/"><label for="person">Calls, users and events of one person'
        f'<input id="person" name="person" value="{text(person)}" placeholder="address or userId" autocomplete="off"></label>'
        f"<button>Show</button>{back}</form>"
    )


def draw_standing(state: State) -> str:
    """What is set, besides the switches."""
    faults = state.faults.describe()
    rows = [(name, faults[name]) for name in faults if name not in state.faults.switches and faults[name] is not False]
    return (
        "<h3>Other settings</h3><p>By an option at the start, or by POST /sandbox/faults with one or more of them as JSON.</p>"
        + draw_table(("Setting", "Value"), rows)
    )


def draw_calls(state: State, person: str) -> Iterable[str]:
    yield '<h2 id="calls">Calls, the latest first</h2>'
    heads = ("Time", "Call", "Status", "Fault", "Work done", "Seconds", "Body")
    yield draw_table(heads, (call_row(call) for call in state.calls.latest(person.lower() or None, SHOWN)))


def call_row(call: Call) -> tuple[Any, ...]:
    done = "yes" if call.applied else "no"
    seconds, body = f"{call.seconds:.3f}", Folded(call.body) if call.body else "-"
    return (iso(call.at), f"{call.method} {call.path}", call.status or "no answer", call.fault, done, seconds, body)


def draw_people(people: People, person: str) -> Iterable[str]:
    yield f'<h2 id="users">Users ({len(people.everybody):,}), the newest first</h2>'
    yield "<p>Subscriptions are four arrays of ids. “Never set”: subscribed to all but the message types one opts in to.</p>"
    found = found_people(people, person) if person else newest(people)
    yield draw_table(("User", *ARRAYS, "Fields", "Updated"), (user_row(profile) for profile in found))


def found_people(people: People, person: str) -> list[Profile]:
    by_email = people.by_email.get(person.lower())
    return [*([by_email] if by_email else []), *people.by_user_id.get(person, [])]


def newest(people: People) -> list[Profile]:
    """The users made last; dictionaries keep the order of creation."""
    return list(islice(reversed(people.everybody.values()), SHOWN))


def user_row(profile: Profile) -> tuple[Any, ...]:
    arrays = profile.arrays or {}
    ids = (arrays.get(name, "never set") for name in ARRAYS)
    return (profile.key, *ids, Folded(profile.fields), iso(profile.updated_at))


def draw_events(people: People, person: str) -> Iterable[str]:
    yield f'<h2 id="events">Events ({len(people.event_owner):,}), the latest first</h2>'
    heads = ("Created", "Event", "User", "Id", "Fields")
    found = events_of(found_people(people, person)) if person else latest_events(people)
    rows = ((write_epoch(e.created_at), e.name, p.key, e.id, Folded(e.fields)) for p, e in islice(found, SHOWN))
    yield draw_table(heads, rows)


def latest_events(people: People) -> Iterator[tuple[Profile, Event]]:
    return ((profile, profile.events[key]) for key, profile in reversed(people.event_owner.items()))


def events_of(profiles: list[Profile]) -> Iterator[tuple[Profile, Event]]:
    return ((profile, event) for profile in profiles for event in reversed(profile.events.values()))


def draw_postings(state: State) -> Iterable[str]:
    told = state.poster.describe(SHOWN)
    urls = ", ".join(f"{hook.endpoint}{'' if hook.enabled else ' (off)'}" for hook in state.hooks)
    yield '<h2 id="webhooks">Webhooks posted, the latest first</h2>'
    yield f"<p>To {text(urls or 'nobody: --webhook-url names an address')}. {told['waiting']:,} still wait.</p>"
    heads = ("Time", "Event", "User", "Outcome", "Tries", "Body")
    yield draw_table(heads, (posting_row(posting) for posting in told["postings"]))


def posting_row(posting: dict[str, Any]) -> tuple[Any, ...]:
    body, why = posting["body"], posting["problem"] or posting["status"] or "no answer yet"
    who = body.get("email") or body.get("userId")
    return (posting["time"], body["eventName"], who, f"{posting['outcome']}: {why}", posting["tries"], Folded(body))
