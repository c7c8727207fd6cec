"""What Iterable holds of a drill's people, read through its public endpoints alone."""

from __future__ import annotations

from collections import Counter
from functools import partial

from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.models import Channel
from iterable_admin.demo.drills.crowd import TRIAL_EVENT, Crowd, trial_of
from iterable_admin.demo.drills.standing import rows_of
from iterable_admin.demo.stage import demo_client, patiently
from iterable_admin.inbox.models import Event
from iterable_admin.iterable.client import IterableClient


def delivered(crowd: Crowd) -> int:
    """Requests that are done, with every row of theirs delivered."""
    undelivered = rows_of(crowd.ids).exclude(state="delivered").values_list("cause_id", flat=True)
    done = Event.objects.filter(uuid__in=crowd.ids, state=Event.State.DONE).values_list("uuid", flat=True)
    return len({str(uuid) for uuid in done} - set(undelivered))


def differences(crowd: Crowd) -> tuple[list[str], list[str]]:
    """What is there twice, and what is not there as it was sent."""
    client = demo_client()
    twice: list[str] = []
    missing: list[str] = []
    for email in crowd.trials:
        _compare_trial(client, email, twice, missing)
    channel = Channel.objects.get(name=MARKETING_CHANNEL).iterable_id
    for email in crowd.leavers:
        user, _ = patiently(partial(client.users.by_email, email))
        times = Counter(user.unsubscribed_channel_ids if user else ())[channel]
        if times != 1:
            (twice if times else missing).append(f"the opt-out of {email}, {times} times")
    return twice, missing


def _compare_trial(client: IterableClient, email: str, twice: list[str], missing: list[str]) -> None:
    found, _ = patiently(partial(client.events.by_email, email))
    times = Counter(event.event_name for event in found)[TRIAL_EVENT]
    if times != 1:
        (twice if times else missing).append(f"{TRIAL_EVENT} of {email}, {times} times")
    user, _ = patiently(partial(client.users.by_email, email))
    wanted, held = trial_of(email)["firstName"], user.data_fields.get("firstName") if user else None
    if held != wanted:
        missing.append(f"firstName of {email} is {held!r}, not {wanted!r}")
