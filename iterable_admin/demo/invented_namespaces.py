"""Invented top-level groups, in the shape of the warehouse's nested objects: all thirty keys, absent where null."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

INPUTS = Path(__file__).parent / "inputs"
WORDS: dict[str, list[Any]] = json.loads((INPUTS / "words.json").read_text(encoding="utf-8"))

Namespace = dict[str, object]

LEVELS = {50: "Owner", 40: "Maintainer", 30: "Developer", 20: "Reporter", 10: "Guest", 5: "Minimal access", 0: "Other"}
TRIAL_DAYS = 30

# Title, paid, the trial's state, and how many of a hundred. A paid group may be on an Ultimate trial: it is still paid for,
# while title and paid flag say trial. A converted group keeps the stages it had.
PLANS: tuple[tuple[str, bool, str | None, int], ...] = (
    ("Free", False, None, 40),
    ("Free", False, "expired", 12),
    ("Ultimate Trial", False, "active", 24),
    ("Premium Trial", False, "active", 4),
    ("Premium", True, None, 8),
    ("Premium", True, "expired", 7),
    ("Ultimate", True, "expired", 3),
    ("Default", False, None, 2),
)
TRIAL_PLANS = tuple(plan for plan in PLANS if plan[2])


class Namespaces:
    """Facts about a group are the same for all its members; a membership adds whose it is."""

    def __init__(self, midnight: datetime, rng: Random) -> None:
        self.midnight = midnight
        self.rng = rng
        self.groups: list[Namespace] = []

    def of_user(self, user_id: int, created: datetime, count: int, recent_trial: bool) -> list[Namespace]:
        """The first is the user's own; of the others some are somebody else's, where the user is a guest or more."""
        own = self.new_group(user_id, created, TRIAL_PLANS if recent_trial else PLANS)
        found = [membership(user_id, 50, own)]
        while len(found) < count:
            if self.groups and self.rng.random() < 0.3:
                group = self.rng.choice(self.groups)
                level = self.rng.choice((40, 30, 30, 20, 10, 5, 0))
            else:
                group, level = self.new_group(user_id, created, PLANS), 50
            if group["NAMESPACE_ID"] not in {namespace["NAMESPACE_ID"] for namespace in found}:
                found.append(membership(user_id, level, group))
        return found

    def duo_trial_of(self, namespace: Namespace) -> Namespace:
        """The same group again: the warehouse has one object per trial type."""
        started = self.midnight.date() - timedelta(days=self.rng.randrange(1, 20))
        return {**namespace, **trial(started, self.midnight.date(), "active"), "TRIAL_TYPE": 2, "TRIAL_TYPE_NAME": "DuoPro"}

    def new_group(self, user_id: int, created: datetime, plans: tuple[tuple[str, bool, str | None, int], ...]) -> Namespace:
        title, paid, trial_state, _ = self.rng.choices(plans, [plan[3] for plan in plans])[0]
        seconds = min(86_400, int((self.midnight + timedelta(hours=4) - created).total_seconds()))
        at = created + timedelta(milliseconds=self.rng.randrange(1_000 * seconds))
        group = {
            "NAMESPACE_ID": 60_000_000 + 13 * len(self.groups),
            "GITLAB_PLAN_TITLE": title,
            "GITLAB_PLAN_IS_PAID": paid,
            "IS_SETUP_FOR_COMPANY": self.rng.choice((None, None, True, False)),
            "CURRENT_MEMBER_COUNT": self.rng.choice((0, 1, 1, 1, 2, 3, 8, 40)),
            "CREATED_AT": at.isoformat(sep=" ", timespec="milliseconds"),
            "CREATOR_USER_ID": self.rng.choices((user_id, user_id - 3, None), (90, 5, 5))[0],
            **self.trial_of(at, trial_state),
            "IS_NAMESPACE_PQL": self.rng.random() < 0.05,
            **self.usage(),
            **self.propensity(),
            **self.user_limit(),
        }
        self.groups.append({key: value for key, value in group.items() if value is not None})
        return self.groups[-1]

    def trial_of(self, created: datetime, state: str | None) -> Namespace:
        if state is None:
            return {"IS_ACTIVE_TRIAL": False}
        today = self.midnight.date()
        days = self.rng.randrange(1, TRIAL_DAYS - 1) if state == "active" else self.rng.randrange(32, 85)
        content, source = self.rng.choice(WORDS["glm"])
        return {
            **trial(max(created.date(), today - timedelta(days=days)), today, state),
            "TRIAL_TYPE": 1,
            "TRIAL_TYPE_NAME": "Ultimate/Premium",
            "GLM_CONTENT": content,
            "GLM_SOURCE": source,
        }

    def usage(self) -> Namespace:
        """No activity: no list and no count, rather than an empty one."""
        stages = sorted(self.rng.sample(WORDS["stages"], self.rng.choice((0, 0, 1, 1, 1, 2, 3, 5))))
        installed = self.rng.sample(WORDS["integrations"], self.rng.choice((0, 0, 0, 0, 1, 2)))
        return {
            "LIST_OF_STAGES": stages or None,
            "ACTIVE_STAGE_COUNT": len(stages) or None,
            "NBR_INTEGRATIONS_INSTALLED": len(installed) or None,
            "INTEGRATIONS_INSTALLED": installed or None,
        }

    def propensity(self) -> Namespace:
        if self.rng.random() > 0.2:
            return {}
        return {
            "PTP_SOURCE": self.rng.choice(("Trial", "Free")),
            "PTP_SCORE_DATE": (self.midnight.date() - timedelta(days=self.rng.randrange(1, 8))).isoformat(),
            "PTP_SCORE_GROUP": self.rng.randrange(1, 6),
            "PTP_INSIGHTS": "Members added in the last week: 2\nPipelines run: 14",
            "PTP_PREVIOUS_SCORE_GROUP": self.rng.randrange(1, 6),
        }

    def user_limit(self) -> Namespace:
        if self.rng.random() > 0.04:
            return {"IS_IMPACTED_BY_USER_LIMIT": False}
        notified = self.midnight.date() - timedelta(days=self.rng.randrange(20, 60))
        return {
            "USER_LIMIT_NOTIFICATION_AT": at_midnight(notified),
            "USER_LIMIT_ENFORCEMENT_AT": at_midnight(notified + timedelta(days=60)),
            "IS_IMPACTED_BY_USER_LIMIT": True,
        }


def membership(user_id: int, level: int, group: Namespace) -> Namespace:
    return {"USER_ID": user_id, "USER_ACCESS_LEVEL": level, "USER_ACCESS_LEVEL_NAME": LEVELS[level], **group}


def trial(started: date, today: date, state: str) -> Namespace:
    ends = started + timedelta(days=TRIAL_DAYS)
    if state == "expired":
        ends = min(ends, today)
    return {
        "TRIAL_START_DATE": at_midnight(started),
        "TRIAL_EXPIRED_DATE": at_midnight(ends),
        "IS_ACTIVE_TRIAL": state == "active",
    }


def at_midnight(day: date) -> str:
    return datetime.combine(day, time()).isoformat(sep=" ", timespec="milliseconds")
