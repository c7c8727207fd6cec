"""Whatever happens in whatever order: Iterable ends where the ledger says, and nobody is mailable in between."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from contacts.consent.ledger import resolve
from contacts.consent.models import SubscriptionChange
from iterable_admin.inbox import claiming as inbox_claiming
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process_all
from iterable_admin.outbox import claiming
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import retry
from tests.consent.conftest import ANN, make_due
from tests.consent.telling import Telling
from tests.effort import examples
from tests.outbox.iterable import channel_id, events, faults, open_moments, user

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
AT_ONCE = timedelta(0)

PATHS = [
    "/api/subscriptions/messageChannel",
    "/api/subscriptions",
    "/api/users/getByEmail",
    "/api/users/bulk",
    "/api/events/track",
]
# By status, and whether the call does its work before it seems to fail.
FAULTS = [(429, False), (500, False), (500, True), (503, True), (0, False), (0, True), (400, False), (413, False)]

minutes = st.integers(0, 5)
acts = st.one_of(
    st.tuples(st.just("unsubscribe"), minutes), st.tuples(st.just("resubscribe"), minutes), st.tuples(st.just("trial"), minutes)
)
trouble = st.one_of(
    st.tuples(st.just("die processing"), st.just(0)),
    st.tuples(st.just("die sending"), st.sampled_from(range(5))),
    st.tuples(st.just("fail"), st.tuples(st.sampled_from(PATHS), st.sampled_from(FAULTS))),
)
pipes = st.sampled_from([("process", 0), ("send", 0), ("process", 0), ("send", 0), ("wait", 0), ("retry", 0)])
# Acts and pipes take turns by and large, with trouble in between: what goes wrong goes wrong between two of them.
stories = st.lists(st.one_of(acts, pipes, acts, pipes, trouble), min_size=4, max_size=20)
# The narrowest ones, tried each time.
BEFORE_IT_LEFT = [("trial", 0), ("process", 0), ("unsubscribe", 1), ("send", 0)]
PROCESSED_BEFORE_IT_LEFT = [("trial", 0), ("process", 0), ("unsubscribe", 1), ("process", 0), ("send", 0)]
LATE = [("trial", 0), ("process", 0), ("send", 0), ("resubscribe", 3), ("process", 0), ("send", 0), ("unsubscribe", 1)]
CHANNEL_REFUSED = [
    ("unsubscribe", 0),
    ("process", 0),
    ("send", 0),
    ("fail", ("/api/subscriptions/messageChannel", (400, False))),
    ("trial", 0),
    ("process", 0),
    ("send", 0),
]


class AnyOrder(Telling):
    def _begin(self) -> None:
        super()._begin()
        self.withdrawn_since: float | None = None

    @given(stories)
    @example(BEFORE_IT_LEFT)
    @example(PROCESSED_BEFORE_IT_LEFT)
    @example(LATE)
    @example(CHANNEL_REFUSED)
    @examples(8)
    def test_the_ledger_has_the_last_word_and_nobody_is_mailable_in_between(self, story: list[tuple[str, Any]]) -> None:
        self.tell(story)
        self._compare()

    def _unsubscribe(self, number: int, minute: int, *, unsubscribed: bool = True) -> None:
        moment = (NOON + timedelta(minutes=minute)).isoformat()
        body = {"email": ANN, "unsubscribed": unsubscribed, "occurred_at": moment}
        assert self.api.post("/api/v1/webhooks/marketo/unsubscribe/", body).status_code == 202
        self._mark()

    def _resubscribe(self, number: int, minute: int) -> None:
        self._unsubscribe(number, minute, unsubscribed=False)

    def _mark(self) -> None:
        """Since when nothing of ours may open the channel any more."""
        acts = [
            SubscriptionChange(
                pk=event.pk,
                verdict="withdrawn" if event.payload["unsubscribed"] else "granted",
                basis="explicit",
                occurred_at=event.occurred_at,
            )
            for event in Event.objects.filter(door=Event.Door.UNSUBSCRIBE)
        ]
        if not resolve(acts).withdrawn:
            self.withdrawn_since = None
        elif self.withdrawn_since is None:
            self.withdrawn_since = time.time()

    def _trial(self, number: int, _: int) -> None:
        body = {"email": ANN, "firstName": f"Ann {number}", "opt_in": True}
        assert self.api.post("/api/v1/events/saas-trial/", body).status_code == 202

    def _process(self, *_: int) -> None:
        process_all()

    def _send(self, *_: int) -> None:
        drain(10, linger=AT_ONCE)

    def _wait(self, *_: int) -> None:
        make_due()

    def _die_processing(self, *_: int) -> None:
        inbox_claiming.claim()
        Event.objects.filter(state="processing").update(lease_until=timezone.now() - timedelta(seconds=1))

    def _die_sending(self, _: int, which: int) -> None:
        claiming.claim(list(Delivery.Operation)[which], 10)
        Delivery.objects.filter(state="sending").update(lease_until=timezone.now() - timedelta(seconds=1))

    def _fail(self, _: int, fault: tuple[str, tuple[int, bool]]) -> None:
        path, (status, applied) = fault
        faults(self.sandbox, fail_next=[{"path": path, "status": status, "times": 2, "applied": applied}])

    def _retry(self, *_: int) -> None:
        retry(Delivery.objects.filter(state="needs_you"))

    def _finish(self) -> None:
        faults(self.sandbox, fail_next=[])
        for _ in range(40):
            make_due()
            self._retry()
            if not (process_all() + drain(10, linger=AT_ONCE)):
                return
        raise AssertionError("The pipes do not come to rest.")

    def _check_no_new_opening(self) -> None:
        if self.withdrawn_since is not None:
            assert open_moments(self.sandbox, ANN, self.withdrawn_since) == []

    def _compare(self) -> None:
        open_rows = Delivery.objects.exclude(state__in=("delivered", "skipped"))
        assert list(open_rows.values_list("operation", "state", "reason")) == []
        profile = user(self.sandbox, ANN).get("user")
        trials = Event.objects.filter(name="SaaS Trials", duplicate_of=None, state="done")
        assert len(events(self.sandbox, ANN) if profile else []) == trials.count()
        if profile:
            withdrawn = resolve(SubscriptionChange.objects.all()).withdrawn
            out = profile["dataFields"].get("unsubscribedChannelIds", [])
            assert (channel_id(self.sandbox) in out) == withdrawn
