"""Namespaces as the warehouse nests them: what one is, how it lives on, and in how many spellings the same one comes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random
from typing import Any

Group = dict[str, Any]

LEVELS = {50: "Owner", 40: "Maintainer", 30: "Developer", 10: "Guest"}
STAGES = ("create", "deploy", "plan", "secure", "verify")
WHOLE = ("ACTIVE_STAGE_COUNT", "CREATOR_USER_ID", "CURRENT_MEMBER_COUNT", "NAMESPACE_ID", "USER_ACCESS_LEVEL", "USER_ID")
FLAGS = ("GITLAB_PLAN_IS_PAID", "IS_ACTIVE_TRIAL", "IS_IMPACTED_BY_USER_LIMIT", "IS_NAMESPACE_PQL", "IS_SETUP_FOR_COMPANY")
FREE: Group = {"GITLAB_PLAN_TITLE": "Free", "GITLAB_PLAN_IS_PAID": False, "IS_ACTIVE_TRIAL": False}
PAID: Group = {"GITLAB_PLAN_TITLE": "Premium", "GITLAB_PLAN_IS_PAID": True, "IS_ACTIVE_TRIAL": False}


def on_trial(day: date) -> Group:
    return {
        "GITLAB_PLAN_TITLE": "Ultimate Trial",
        "GITLAB_PLAN_IS_PAID": False,
        "IS_ACTIVE_TRIAL": True,
        "TRIAL_START_DATE": f"{day} 00:00:00.000",
        "TRIAL_EXPIRED_DATE": f"{day + timedelta(days=30)} 00:00:00.000",
        "TRIAL_TYPE": 1,
        "TRIAL_TYPE_NAME": "Ultimate/Premium",
        "GLM_CONTENT": "default-saas-trial/",
        "GLM_SOURCE": "about.gitlab.com/pricing/",
    }


def group(number: int, user_id: int, level: int = 50, **said: Any) -> Group:
    return {
        "NAMESPACE_ID": number,
        "USER_ID": user_id,
        "USER_ACCESS_LEVEL": level,
        "USER_ACCESS_LEVEL_NAME": LEVELS[level],
        "CREATOR_USER_ID": user_id,
        "CREATED_AT": f"2026-02-{number % 28 + 1:02} 17:31:55.{number % 1000:03}",
        "CURRENT_MEMBER_COUNT": number % 4,
        "IS_IMPACTED_BY_USER_LIMIT": False,
        "IS_NAMESPACE_PQL": False,
        "IS_SETUP_FOR_COMPANY": bool(number % 2),
        "LIST_OF_STAGES": list(STAGES[: number % 3 + 1]),
        "ACTIVE_STAGE_COUNT": number % 3 + 1,
        **FREE,
        **said,
    }


def live_on(groups: list[Group], user_id: int, day: date, dice: Random) -> None:
    """One thing happens to one of somebody's groups; some of it concerns none of the keys that are sent."""
    chosen = dice.choice(groups)
    match dice.randrange(9):
        case 0:
            chosen |= on_trial(day)
        case 1:
            chosen |= PAID
        case 2:
            chosen |= FREE
        case 3:
            chosen["CURRENT_MEMBER_COUNT"] = dice.randrange(40)
        case 4:
            used = sorted(dice.sample(STAGES, dice.randrange(1, 5)))
            chosen |= {"LIST_OF_STAGES": used, "ACTIVE_STAGE_COUNT": len(used)}
        case 5:
            groups.append(group(dice.randrange(70_000_000, 79_000_000), user_id, dice.choice(list(LEVELS))))
        case 6 if len(groups) > 1:
            groups.remove(chosen)
        case 7:
            chosen.pop(dice.choice(("GLM_CONTENT", "IS_SETUP_FOR_COMPANY", "CREATOR_USER_ID", "LIST_OF_STAGES")), None)
        case _:
            chosen |= {"PTP_SCORE_GROUP": dice.randrange(1, 6), "PTP_SCORE_DATE": str(day), "PTP_INSIGHTS": 'a "quote" \\ \n'}


def spelt(groups: list[Group], dice: Random) -> str:
    """The same array in another order and other spellings, as it comes from night to night."""
    spellings = [_spelt(found, dice) for found in groups]
    dice.shuffle(spellings)
    return json.dumps(spellings, ensure_ascii=dice.random() < 0.5)


def _spelt(found: Group, dice: Random) -> Group:
    said: Group = {key: _value(key, value, dice) for key, value in found.items()}
    if "GLM_SOURCE" not in said and dice.random() < 0.3:
        said["GLM_SOURCE"] = None
    keys = list(said)
    dice.shuffle(keys)
    return {key: said[key] for key in keys}


def _value(key: str, value: Any, dice: Random) -> Any:
    if key in WHOLE and type(value) is int:
        return dice.choice((value, value, float(value), str(value)))
    if key in FLAGS and type(value) is bool:
        return dice.choice((value, value, str(value), str(value).lower()))
    if key == "LIST_OF_STAGES" and isinstance(value, list):
        return value[0] if len(value) == 1 and dice.random() < 0.4 else dice.sample(value, len(value)) + value[:1]
    return value
