"""Mails to whole lists: single ones in every state, and one that recurs."""

from __future__ import annotations

from typing import NamedTuple

from iterable_admin.sandbox.project.catalog import DAY, MADE_AT, MARKETING_MESSAGE, TRANSACTIONAL, Wire
from iterable_admin.sandbox.project.seeds.mails import Mail, campaign
from iterable_admin.sandbox.subscriptions.mailing_lists import ACTIVE_TRIALS, NEWSLETTER, TEAM_MEMBERS

RECURRING_NEWSLETTER = 8_041_010
_FIRST_ORDER = 200


class Blast(NamedTuple):
    mail: Mail
    state: str
    list_id: int = NEWSLETTER
    start_day: int | None = None
    """Days after the project was made."""
    hours: int | None = None
    """From start to end; None if it has not ended."""
    size: int | None = None
    parent: int | None = None


BLASTS = [
    Blast(Mail(8_041_001, "Newsletter: GitLab 16.0", "GitLab 16.0 is here"), "Finished", start_day=45, hours=3, size=18_450),
    Blast(
        Mail(8_041_002, "Security Release 16.0.1", "Please update", TRANSACTIONAL), "Finished", start_day=51, hours=1, size=18_502
    ),
    Blast(
        Mail(8_041_003, "Summit Invitation", "See you there", MARKETING_MESSAGE), "Finished", start_day=80, hours=2, size=17_911
    ),
    Blast(Mail(8_041_004, "Trial Survey", "Two questions"), "Aborted", ACTIVE_TRIALS, start_day=120, hours=1, size=40),
    Blast(Mail(8_041_005, "Webcast: DevSecOps", "Join us live"), "Scheduled", start_day=3_650),
    Blast(Mail(8_041_006, "Year in Review", "Your year"), "Draft"),
    # Documented states only: clients that other people wrote parse every campaign, some of them strictly.
    Blast(Mail(8_041_007, "Webcast: Wrong Date", "Join us"), "Aborted", start_day=150, hours=1, size=12),
    Blast(Mail(8_041_008, "Newsletter: 2022 Layout", "News"), "Archived"),
    Blast(Mail(RECURRING_NEWSLETTER, "Monthly Newsletter", "This month at GitLab"), "Recurring", start_day=60),
    Blast(
        Mail(8_041_011, "Monthly Newsletter (1)", "This month at GitLab"),
        "Finished",
        start_day=60,
        hours=2,
        size=18_210,
        parent=RECURRING_NEWSLETTER,
    ),
    Blast(
        Mail(8_041_012, "Monthly Newsletter (2)", "This month at GitLab"),
        "Finished",
        start_day=90,
        hours=2,
        size=18_377,
        parent=RECURRING_NEWSLETTER,
    ),
    Blast(
        Mail(8_041_013, "Monthly Newsletter (3)", "This month at GitLab"),
        "Scheduled",
        start_day=3_660,
        parent=RECURRING_NEWSLETTER,
    ),
]


def seed_blasts() -> list[tuple[Wire, Mail]]:
    return [(_blast(_FIRST_ORDER + order, blast), blast.mail) for order, blast in enumerate(BLASTS)]


def _blast(order: int, blast: Blast) -> Wire:
    start = None if blast.start_day is None else MADE_AT + blast.start_day * DAY
    found = campaign(order, blast.mail, "Blast", blast.state, ["newsletter"] if "Newsletter" in blast.mail.name else [])
    extra = {
        "listIds": [blast.list_id],
        "suppressionListIds": [TEAM_MEMBERS],
        "startAt": start,
        "endedAt": None if start is None or blast.hours is None else start + blast.hours * DAY // 24,
        "sendSize": blast.size,
        "recurringCampaignId": blast.parent,
    }
    return found | {name: value for name, value in extra.items() if value is not None}
