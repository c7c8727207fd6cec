"""The people of one drill: some start a trial, some of those whom Iterable knows already unsubscribe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.utils import timezone

from iterable_admin.demo.stage import demo_client, patiently
from iterable_admin.demo.upstream import UNSUBSCRIBE, Upstream, as_tracked, invented_trial, unsubscribe
from iterable_admin.iterable.writes import ProfileUpdate

BULK = "events/bulk/"
TRIAL_EVENT = "SaaS Trials"


@dataclass
class Crowd:
    """`ids` are those of the accepted requests: what was sent."""

    trials: list[str]
    leavers: list[str]
    ids: list[str] = field(default_factory=list)

    @property
    def everybody(self) -> list[str]:
        return [*self.trials, *self.leavers]


def gather(drill: str, trials: int = 20, leavers: int = 4) -> Crowd:
    """Addresses of this drill alone, and the leavers put into Iterable: before anything fails."""
    crowd = Crowd(_addresses(drill, "trial", trials), _addresses(drill, "leaver", leavers))
    known = [ProfileUpdate(data_fields={"signedUpBefore": True}, email=email) for email in crowd.leavers]
    if known:
        patiently(partial(demo_client().users.bulk_update, known))
    return crowd


def send(crowd: Crowd, upstream: Upstream, say: Callable[[str], None]) -> None:
    """Through the REST API, as upstream systems do."""
    say(f"Sending {len(crowd.trials)} trials and {len(crowd.leavers)} unsubscribes …")
    before = len(upstream.ids)
    upstream.post(BULK, {"events": [as_tracked(trial_of(email), TRIAL_EVENT) for email in crowd.trials]})
    for email in crowd.leavers:
        upstream.post(UNSUBSCRIBE, unsubscribe(email, timezone.now().isoformat()))
    crowd.ids += upstream.ids[before:]


def trial_of(email: str) -> dict[str, Any]:
    """What this person is to hold in Iterable, besides the address."""
    return {**invented_trial(int(email.partition("@")[0].rpartition(".")[2])), "email": email}


def _addresses(drill: str, kind: str, count: int) -> list[str]:
    """Of their own kind and number in front, so that each tells its trial; the drill's name behind the @."""
    return [f"{kind}.{number}@{drill}.example.com" for number in range(count)]
