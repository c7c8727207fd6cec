"""The two journeys of the instance as they are described, and the event whose silence is an alarm. Fills what is missing."""

from __future__ import annotations

from journeys.definition.shipping import FREE, TRIAL, ship
from journeys.models import Journey, SilenceAlarm

TRIAL_URL = "https://app.iterable.com/workflows/361081/edit?mode=beta&workflowType=Published"
FREE_URL = "https://app.iterable.com/workflows?folderId=68331&page=1"


def seed_journeys() -> None:
    trial, _ = Journey.objects.get_or_create(
        workflow_id=361081,
        defaults={
            "name": "SaaS Trial Onboarding + Post",
            "url": TRIAL_URL,
            "trigger_event": "SaaS Trials",
            "description": (
                "Entered by the SaaS Trials event. For the Owner who started the trial: 60 days of education, then a post phase."
            ),
        },
    )
    # A folder of journeys, so it has no workflow id of its own.
    free, _ = Journey.objects.get_or_create(
        folder_id=68331,
        workflow_id=None,
        defaults={
            "name": "Free User + Invited Onboarding",
            "url": FREE_URL,
            "description": (
                "A welcome mail, then four tracks in order: adopt Create, adopt Verify, invite Team, try a Trial. "
                "Doing the action skips the rest of its track; weekends are skipped."
            ),
        },
    )
    ship(trial, TRIAL)
    ship(free, FREE)


def seed_silence_alarms() -> None:
    """SaaS Trials come in all day long on working days: three hours without one is an alarm."""
    SilenceAlarm.objects.get_or_create(event_name="SaaS Trials", defaults={"hours": 3})
