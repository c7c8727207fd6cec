"""How people enter, each step and each way out of it, in plain words; and the whole as a list, in the order of the way."""

from __future__ import annotations

from dataclasses import dataclass

from contacts.conditions.wording import in_words
from journeys.definition.graph import (
    ELSE,
    EVERYBODY,
    HAPPENED,
    NEXT,
    START,
    TIMED_OUT,
    CallWebhook,
    ChangeList,
    ChangeSubscription,
    Delay,
    DelayUntil,
    Entry,
    Exit,
    ExitRule,
    Experiment,
    GoTo,
    Graph,
    HoldUntil,
    Message,
    Note,
    SetProfile,
    Split,
    Start,
    Step,
    outcomes,
)

MEDIA = {
    "email": "Email",
    "sms": "SMS",
    "push": "Push",
    "web_push": "Web push",
    "in_app": "In-app message",
    "embedded": "Embedded message",
    "whatsapp": "WhatsApp",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a step. `to` is the key of what follows; None: they leave."""

    outcome: str
    label: str
    to: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the list. `reached`: whether any way leads to it; a note's is not asked."""

    key: str
    name: str
    words: str
    ways: tuple[Way, ...]
    reached: bool = True


def period(hours: float) -> str:
    """`2 days 12 hours`, `30 minutes`."""
    minutes = round(hours * 60)
    parts = ((minutes // 1_440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    told = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(told) or "less than a minute"


def entry_words(entry: Entry) -> str:
    match entry.kind:
        case "event":
            return f"enters by the event {entry.event}"
        case "schedule":
            return f"enters by the clock: {entry.schedule}"
        case "api":
            return "enters by a call of Iterable's API"
        case "journey":
            return f"comes from the journey {entry.journey}"
        case "profile_update":
            return f"enters when {entry.field} on the profile is updated"
    return f"enters when added to list {entry.list_id}"


def start_words(start: Start) -> list[str]:
    """A sentence for each thing that the start says; the first is who enters."""
    who = "Whoever " + entry_words(start.entry)
    told = [f"{who}." if start.where == EVERYBODY else f"{who}, and of whom this is true: {in_words(start.where)}."]
    if start.suppress_lists:
        told.append(f"Nobody who is on {_lists(start.suppress_lists)}.")
    told.append(limit_words(start))
    return told + [exit_words(rule) for rule in start.exit_rules]


def limit_words(start: Start) -> str:
    ever, at_once = start.lifetime_limit, start.simultaneous_limit
    if ever is None and at_once is None:
        return "As often as they like, and as many times at once."
    told = [f"{_times(ever)} ever" if ever else "", f"{_times(at_once)} at once" if at_once else ""]
    return f"Each person at most {' and '.join(part for part in told if part)}."


def exit_words(rule: ExitRule) -> str:
    told = [f"did {rule.event}"] if rule.event else []
    told += [in_words(rule.where)] if rule.where is not None else []
    return f"Leaves at any step ({rule.name}): whoever {_or(told)}."


def step_words(step: Step) -> str:
    """What happens there, without its name and without what follows."""
    match step:
        case Message():
            return f"{MEDIA[step.medium]}, {step.message_type}"
        case Delay():
            return f"waits {period(step.hours)}{weekend_words(step)}"
        case DelayUntil():
            return f"waits until {moment_words(step)}{weekend_words(step)}"
        case HoldUntil():
            what = [f"the event {step.event} comes"] if step.event else []
            what += [f"this is true: {in_words(step.where)}"] if step.where is not None else []
            return f"waits until {_or(what)}, at most {period(step.timeout_hours)}"
        case Split():
            return "the first that is true: " + "; ".join(f"{one.name}: {in_words(one.where)}" for one in step.branches)
        case Experiment():
            return "by chance: " + ", ".join(f"{one.name} {one.percent:g} %" for one in step.variants)
    return _small_words(step)


def _small_words(step: SetProfile | ChangeList | ChangeSubscription | CallWebhook | GoTo | Note | Exit) -> str:
    match step:
        case SetProfile():
            return "sets " + ", ".join(f"{name} to {'nothing' if to is None else to}" for name, to in step.fields.items())
        case ChangeList():
            return f"{'adds to' if step.add else 'removes from'} list {step.list_id}"
        case ChangeSubscription():
            target = f"the {step.kind.replace('_', ' ')} {step.target}"
            return f"subscribes to {target}" if step.subscribe else f"unsubscribes from {target}"
        case CallWebhook():
            return f"calls {step.url}" if step.url else "calls a webhook"
        case GoTo():
            return f"goes on in the journey {step.journey}"
        case Note():
            return "a note"
    return "leaves the journey"


def name_of(step: Step) -> str:
    return step.text if isinstance(step, Note) else step.name


def outcome_words(step: Step | None, outcome: str) -> str:
    """What stands on the edge; empty for the only way."""
    match step:
        case Split():
            return next((branch.name for branch in step.branches if branch.key == outcome), "otherwise")
        case Experiment():
            return next((f"{one.name}, {one.percent:g} %" for one in step.variants if one.key == outcome), outcome)
    return {NEXT: "", ELSE: "otherwise", HAPPENED: "as soon as it happens", TIMED_OUT: "not in time"}.get(outcome, outcome)


def ways_of(graph: Graph, key: str) -> tuple[Way, ...]:
    step = graph.step(key)
    own = (NEXT,) if key == START else outcomes(step) if step else ()
    return tuple(_way(graph, key, step, outcome) for outcome in own)


def as_list(graph: Graph) -> list[Line]:
    """The steps as they are come by from the start, each once; what nobody reaches last, and the notes."""
    order = in_order(graph)
    rest = [step.key for step in graph.steps if step.key not in order]
    return [_line(graph, key, reached=key in order) for key in (*order, *rest)]


def in_order(graph: Graph) -> dict[str, None]:
    """Keys of the steps that can be reached, each before what follows it alone."""
    found: dict[str, None] = {}
    open_ = [START]
    while open_:
        key = open_.pop()
        if key in found:
            continue
        found[key] = None
        open_ += [way.to for way in reversed(ways_of(graph, key)) if way.to]
    del found[START]
    return found


def _line(graph: Graph, key: str, *, reached: bool) -> Line:
    step = graph.step(key)
    assert step is not None  # noqa: S101 - a key of this graph
    return Line(key, name_of(step), step_words(step), ways_of(graph, key), reached or isinstance(step, Note))


def _way(graph: Graph, key: str, step: Step | None, outcome: str) -> Way:
    following = graph.after(key, outcome)
    name = name_of(following) if following else "leaves the journey"
    return Way(outcome, outcome_words(step, outcome), following.key if following else None, name)


def moment_words(step: DelayUntil) -> str:
    """`2 days after latest_trial_start_date`."""
    if not step.offset_hours:
        return step.field
    return f"{period(abs(step.offset_hours))} {'after' if step.offset_hours > 0 else 'before'} {step.field}"


def weekend_words(step: Delay | DelayUntil) -> str:
    return ", on to Monday where that is a weekend" if step.skip_weekends else ""


def _lists(ids: tuple[int, ...]) -> str:
    return f"list{'' if len(ids) == 1 else 's'} {', '.join(map(str, ids))}"


def _times(count: int | None) -> str:
    return "once" if count == 1 else f"{count} times"


def _or(parts: list[str]) -> str:
    return " or ".join(parts)
