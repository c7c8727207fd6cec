"""Definitions that tests share, as JSON."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

Json = dict[str, Any]
GERMAN = {"field": "country", "op": "is", "value": "Germany"}
PAID = {"namespaces": "some", "where": {"field": "GITLAB_PLAN_IS_PAID", "op": "is", "value": True}}


def message(key: str, **more: Any) -> Json:
    return {"kind": "message", "key": key, "name": key.title(), "message_type": "GitLab Marketing", **more}


def delay(key: str, hours: float = 24, **more: Any) -> Json:
    return {"kind": "delay", "key": key, "name": key.title(), "hours": hours, **more}


def edge(source: str, target: str, outcome: str = "next") -> Json:
    return {"from": source, "outcome": outcome, "to": target}


def chain(*keys: str) -> list[Json]:
    return [edge(source, target) for source, target in pairwise(keys)]


def small(**more: Any) -> Json:
    """A welcome, a day, and one more mail for Germans."""
    split = {"kind": "split", "key": "where", "name": "Where?", "branches": [{"key": "de", "name": "Germany", "where": GERMAN}]}
    return {
        "start": {"entry": {"kind": "event", "event": "SaaS Trials"}, "lifetime_limit": 1},
        "steps": [message("welcome"), delay("day"), split, message("german")],
        "edges": [*chain("start", "welcome", "day", "where"), edge("where", "german", "de")],
    } | more


def everything() -> Json:
    """One of each kind of step, and nothing left to a default."""
    branches = [{"key": "de", "name": "Germany", "where": GERMAN}, {"key": "paid", "name": "Paid", "where": PAID}]
    variants = [{"key": "a", "name": "Long", "percent": 50}, {"key": "b", "name": "Short", "percent": 50}]
    entry = {"kind": "event", "event": "SaaS Trials"}
    rules = [{"name": "Paid", "where": PAID}, {"name": "Asked to leave", "event": "Left", "where": GERMAN}]
    return {
        "start": {
            "entry": entry,
            "where": {"not": PAID},
            "suppress_lists": [5, 6],
            "lifetime_limit": 1,
            "simultaneous_limit": 2,
            "exit_rules": rules,
        },
        "steps": [
            message("m", medium="push", campaign_id=7, template_id=8),
            delay("d", 0.5, skip_weekends=True),
            {"kind": "delay_until", "key": "u", "name": "Until", "field": "latest_trial_start_date"}
            | {"offset_hours": -24, "skip_weekends": True},
            {"kind": "hold_until", "key": "h", "name": "Hold", "timeout_hours": 48, "event": "Came", "where": PAID},
            {"kind": "split", "key": "s", "name": "Split", "branches": branches},
            {"kind": "experiment", "key": "x", "name": "A or B", "variants": variants},
            {"kind": "set_profile", "key": "p", "name": "Set", "fields": {"onboarding": "done", "step": 2, "left": None}},
            {"kind": "change_list", "key": "l", "name": "Off the list", "list_id": 9, "add": False},
            {"kind": "change_subscription", "key": "c", "name": "Off", "target_kind": "channel"}
            | {"target": "Marketing Channel", "subscribe": False},
            {"kind": "call_webhook", "key": "w", "name": "Call", "url": "https://example.com/"},
            {"kind": "go_to", "key": "g", "name": "On", "journey": "Another"},
            {"kind": "note", "key": "n", "text": "Mind the gap."},
            {"kind": "exit", "key": "e", "name": "Out"},
        ],
        "edges": [
            *chain("start", "m", "d", "u", "h"),
            edge("h", "s", "happened"),
            edge("h", "e", "timeout"),
            edge("s", "x", "de"),
            edge("s", "p", "else"),
            edge("x", "p", "a"),
            *chain("p", "l", "c", "w", "g"),
        ],
    }
