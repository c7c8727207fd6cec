"""The journeys of GitLab's instance, by their workflow ids."""

from __future__ import annotations

from iterable_admin.sandbox.project.catalog import DAY, MADE_AT, Wire

CREATOR = "akara@example.com"
TRIAL_JOURNEY, FREE_JOURNEY, INVITED_JOURNEY, SEAT_JOURNEY, PILOT_JOURNEY = 361_081, 378_214, 378_219, 469_715, 352_907

_TRIAL, _FREE = "SaaS Trials", "SaaS Free Registration"
_JOURNEYS: list[tuple[int, str, list[str], bool]] = [
    (TRIAL_JOURNEY, "SaaS Trial Onboarding + Post", [_TRIAL], False),
    (FREE_JOURNEY, "Free User + Invited Onboarding: Free User", [_FREE], False),
    (INVITED_JOURNEY, "Free User + Invited Onboarding: Invited User", [_FREE], False),
    (542021, "Ultimate + Duo Enterprise Trial (new or existing Free)", [_TRIAL], False),
    (547740, "Ultimate + Duo Enterprise Trial (existing Premium)", [_TRIAL], False),
    (543584, "Duo Enterprise Trial (stand-alone)", [_TRIAL], False),
    (469713, "Duo Pro Trial (stand-alone)", [_TRIAL], False),
    (438798, "Localised Trial Routing", [_TRIAL], False),
    (444999, "Localised Trial: French", [_TRIAL], False),
    (443446, "Localised Trial: German", [_TRIAL], False),
    (432466, "Localised Trial: Japanese", [_TRIAL], False),
    (SEAT_JOURNEY, "Invited Users: Duo Pro Seat Allocation", [], False),
    (PILOT_JOURNEY, "SaaS Trial Onboarding (2023 pilot)", [_TRIAL], True),
]


def seed_journeys() -> list[Wire]:
    return [_journey(order, *row) for order, row in enumerate(_JOURNEYS)]


def _journey(order: int, journey_id: int, name: str, triggers: list[str], archived: bool) -> Wire:
    made, changed = MADE_AT + order * DAY, MADE_AT + (order + 30) * DAY
    return {
        "id": journey_id,
        "name": name,
        "description": f"{name}: education by mail",
        "enabled": not archived,
        "isArchived": archived,
        "journeyType": "Published",
        "createdAt": made,
        "updatedAt": changed,
        "creatorUserId": CREATOR,
        "startTileId": journey_id * 10 + 1,
        "triggerEventNames": triggers,
        "lifetimeLimit": 1,
        "simultaneousLimit": 1,
        "draft": {
            "id": journey_id + 400_000,
            "name": f"{name} (draft)",
            "createdAt": changed,
            "updatedAt": changed + DAY,
            "creatorUserId": CREATOR,
        },
    }
