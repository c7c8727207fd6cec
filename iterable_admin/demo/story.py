"""What happens in the demo's Iterable: the main job with its awkward moments, and what must be true at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from iterable_admin.demo.stage import patiently, wait_for_user
from iterable_admin.demo.upstream import (
    GITLAB,
    GITLAB_LEAD,
    GITLAB_LEAD_IN_ITERABLE,
    REGISTRATION,
    TRIAL,
    UNSUBSCRIBE,
    Upstream,
    as_tracked,
    invented_trial,
    read_input,
    unsubscribe,
)
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.writes import ProfileUpdate

IN_BULK = 300
EARLY, DIRECT, WAVERING = "early.leaver@example.com", "direct@example.com", "wavering@example.com"


@dataclass
class Expected:
    """`profiles`: fields that Iterable is to hold, by address; `events`: how many of a name; `opted_out`: who is out."""

    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, list[str]] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)

    def trial(self, body: dict[str, Any], event: str = "SaaS Trials") -> None:
        self.profiles[body["email"]] = {name: value for name, value in body.items() if name != "email"}
        self.events.setdefault(body["email"], []).append(event)


def play(upstream: Upstream, client: IterableClient, say: Callable[[str], None]) -> Expected:
    """Sends it all through the REST API. Returns what Iterable is to hold once everything has gone out."""
    expected = Expected()
    say("The instance's own trial and registration …")
    for path, name, event in (
        (TRIAL, "saas_trial_john_doe.json", "SaaS Trials"),
        (REGISTRATION, "saas_free_registration_alabama.json", "SaaS Free Registration"),
    ):
        body = read_input(name)
        upstream.post(path, body)
        expected.trial(body, event)
    say("A lead as GitLab's own code sends it …")
    upstream.post(GITLAB, GITLAB_LEAD)
    expected.trial({"email": "grace.hopper@example.org", **GITLAB_LEAD_IN_ITERABLE})
    say(f"{IN_BULK} trials in bulk …")
    trials = [invented_trial(number) for number in range(IN_BULK)]
    upstream.post("events/bulk/", {"events": [as_tracked(body) for body in trials]})
    for body in trials:
        expected.trial(body)
    _unsubscribes(upstream, client, expected, say)
    return expected


def _unsubscribes(upstream: Upstream, client: IterableClient, expected: Expected, say: Callable[[str], None]) -> None:
    say("Unsubscribes: before the person exists, of a profile unknown to us, and of somebody who wavers …")
    now = timezone.now()
    upstream.post(UNSUBSCRIBE, unsubscribe("Early.Leaver@example.com", _at(now, 0)))
    early = invented_trial(1) | {"email": EARLY}
    upstream.post(TRIAL, early)
    expected.trial(early)
    patiently(partial(client.users.bulk_update, [ProfileUpdate(data_fields={"madeBy": "hand"}, email=DIRECT)]))
    wait_for_user(client, DIRECT)
    expected.profiles[DIRECT] = {"madeBy": "hand"}
    upstream.post(UNSUBSCRIBE, unsubscribe(DIRECT, _at(now, 0)))
    wavering = invented_trial(2) | {"email": WAVERING}
    upstream.post(TRIAL, wavering)
    expected.trial(wavering)
    for seconds, unsubscribed in ((30, True), (20, False), (10, True)):
        upstream.post(UNSUBSCRIBE, unsubscribe(WAVERING, _at(now, -seconds), unsubscribed=unsubscribed))
    expected.opted_out |= {EARLY, DIRECT, WAVERING}


def _at(now: datetime, seconds: int) -> str:
    return (now + timedelta(seconds=seconds)).isoformat()
