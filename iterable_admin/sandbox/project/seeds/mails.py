"""The mails that journeys send, in the order of their steps: trial, free users, invited users."""

from __future__ import annotations

from typing import NamedTuple

from iterable_admin.sandbox.project.catalog import DAY, GITLAB_MARKETING, MADE_AT, MARKETING_MESSAGE, TRANSACTIONAL, Wire
from iterable_admin.sandbox.project.seeds.journeys import (
    CREATOR,
    FREE_JOURNEY,
    INVITED_JOURNEY,
    PILOT_JOURNEY,
    SEAT_JOURNEY,
    TRIAL_JOURNEY,
)

TEMPLATE_OF_CAMPAIGN = 3_200_000
"""A campaign's template has the campaign's id plus this."""
FREE_LABELS = ["free-onboarding", "folder-618897"]


class Mail(NamedTuple):
    campaign: int
    name: str
    subject: str
    message_type: int = GITLAB_MARKETING


# Sixty days of education, then the "post" phase. Some mails were left on the default type Marketing Message, which lets people
# be mailed who opted out of the marketing they know of: that is the mistake to be found.
TRIAL_MAILS = [
    Mail(8_040_401, "SaaS Trial 01 (day 0): Your trial has started", "Your GitLab trial has started", TRANSACTIONAL),
    Mail(8_040_402, "SaaS Trial 02 (day 2): Invite your team", "Better together: invite your team"),
    Mail(8_040_403, "SaaS Trial 03 (day 5): Import a project", "Bring your code along"),
    Mail(8_040_404, "SaaS Trial 04 (day 9): First pipeline", "Your first pipeline in ten minutes", MARKETING_MESSAGE),
    Mail(8_040_405, "SaaS Trial 05 (day 14): Merge requests", "Review code where it lives"),
    Mail(8_040_406, "SaaS Trial 06 (day 20): Plan with epics", "From idea to epic"),
    Mail(8_040_407, "SaaS Trial 07 (day 27): Security scans", "Find it before they do"),
    Mail(8_040_408, "SaaS Trial 08 (day 34): Value stream analytics", "See where time goes"),
    Mail(8_040_409, "SaaS Trial 09 (day 41): Compliance", "Audits without tears"),
    Mail(8_040_410, "SaaS Trial 10 (day 48): Customer stories", "How others ship", MARKETING_MESSAGE),
    Mail(8_040_411, "SaaS Trial 11 (day 55): Your trial ends soon", "Five days left"),
    Mail(8_040_412, "SaaS Trial 12 (day 60): Your trial has ended", "Your trial has ended"),
    Mail(8_040_413, "SaaS Trial Post 01 (day 63): What you keep", "What stays free"),
    Mail(8_040_414, "SaaS Trial Post 02 (day 75): Talk to us", "Questions left?", MARKETING_MESSAGE),
]
# A welcome and four tracks; doing what a track is about skips the rest of it.
FREE_MAILS = [
    Mail(8_040_501, "Free User 01: Welcome", "Welcome to GitLab"),
    Mail(8_040_502, "Free User Create 01: Start a project", "Start your first project"),
    Mail(8_040_503, "Free User Create 02: Commit from the browser", "No terminal needed"),
    Mail(8_040_504, "Free User Create 03: Import", "Bring your code along"),
    Mail(8_040_505, "Free User Verify 01: First pipeline", "Test every change"),
    Mail(8_040_506, "Free User Verify 02: Runners", "Where your jobs run", MARKETING_MESSAGE),
    Mail(8_040_507, "Free User Team 01: Invite a colleague", "Two see more than one"),
    Mail(8_040_508, "Free User Team 02: Roles and rights", "Who may do what"),
    Mail(8_040_509, "Free User Trial 01: Try Ultimate", "Sixty days of everything"),
    Mail(8_040_510, "Free User Trial 02: Last call", "Still curious?"),
]
INVITED_MAILS = [Mail(8_040_520, "Invited User Onboarding", "Your team is waiting")]
SEAT_MAILS = [Mail(8_040_530, "Duo Pro Seat Assigned", "You have Duo Pro")]
PILOT_MAILS = [Mail(8_040_301, "SaaS Trial Pilot 01: Welcome", "Your GitLab trial", MARKETING_MESSAGE)]
# Sent by POST /api/email/target, by no journey.
API_MAILS = [Mail(8_040_601, "Account Notice (API)", "About your account", TRANSACTIONAL)]

_STEPS: list[tuple[int | None, str, list[str], list[Mail]]] = [
    (TRIAL_JOURNEY, "Running", ["saas-trial"], TRIAL_MAILS),
    (FREE_JOURNEY, "Running", FREE_LABELS, FREE_MAILS),
    (INVITED_JOURNEY, "Running", FREE_LABELS, INVITED_MAILS),
    (SEAT_JOURNEY, "Running", ["duo-pro"], SEAT_MAILS),
    (PILOT_JOURNEY, "Archived", ["saas-trial"], PILOT_MAILS),
    (None, "Running", [], API_MAILS),
]


def seed_triggered() -> list[tuple[Wire, Mail]]:
    rows = [(journey, state, labels, mail) for journey, state, labels, mails in _STEPS for mail in mails]
    return [(_triggered(order, *row), row[-1]) for order, row in enumerate(rows)]


def _triggered(order: int, journey: int | None, state: str, labels: list[str], mail: Mail) -> Wire:
    return campaign(order, mail, "Triggered", state, labels) | ({"workflowId": journey} if journey else {})


def campaign(order: int, mail: Mail, kind: str, state: str, labels: list[str]) -> Wire:
    """What campaigns of both kinds share."""
    made = MADE_AT + order * DAY
    return {
        "id": mail.campaign,
        "createdAt": made,
        "updatedAt": made + DAY // 2,
        "templateId": mail.campaign + TEMPLATE_OF_CAMPAIGN,
        "messageMedium": "Email",
        "createdByUserId": CREATOR,
        "updatedByUserId": CREATOR,
        "campaignState": state,
        "name": mail.name,
        "type": kind,
        "labels": list(labels),
    }
