"""One person, two addresses, withdrawals at either, in whatever order: both end withdrawn, and neither is mailable in between."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from contacts.consent.ledger import live_withdrawals
from contacts.models import Contact
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process_all
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.models import Delivery
from tests.consent.conftest import NOON, make_due
from tests.consent.moving.conftest import ANN, KEY_A, KEY_B, A, B
from tests.consent.telling import Telling
from tests.effort import examples
from tests.outbox.iterable import channel_id, faults, open_moments, user

AT_ONCE = timedelta(0)
KEYS = {A: KEY_A, B: KEY_B}
PATHS = ["/api/users/updateEmail", "/api/users/getByEmail", "/api/subscriptions"]
FAULTS = [(429, False), (503, True), (0, True)]

where = st.tuples(st.sampled_from([A, B]), st.integers(0, 5))
acts = st.one_of(
    st.tuples(st.just("meet"), where),
    st.tuples(st.just("unsubscribe"), where),
    st.tuples(st.just("meet"), where),
    st.tuples(st.just("meet nameless"), where),
)
trouble = st.tuples(st.just("fail"), st.tuples(st.sampled_from(PATHS), st.sampled_from(FAULTS)))
pipes = st.sampled_from([("process", None), ("send", None), ("process", None), ("wait", None)])
stories = st.lists(st.one_of(acts, pipes, acts, pipes, trouble), min_size=4, max_size=18)
LATE_AT_THE_OLD = [("meet", (A, 0)), ("process", None), ("send", None), ("meet", (B, 1)), ("unsubscribe", (A, 2))]
NEW_BEFORE_KNOWN = [("unsubscribe", (B, 0)), ("meet", (A, 1)), ("process", None), ("send", None), ("meet", (B, 2))]
STALE = [("meet", (A, 3)), ("process", None), ("send", None), ("unsubscribe", (B, 0)), ("meet", (B, 1))]

BACK_AT_THE_OLD = [
    ("meet", (B, 0)),
    ("unsubscribe", (A, 0)),
    ("meet", (A, 2)),
    ("meet nameless", (A, 2)),
    ("meet", (B, 4)),
]


class AnyOrder(Telling):
    def _begin(self) -> None:
        super()._begin()
        self.since: dict[str, float] = {}
        self.met: list[tuple[int, str]] = []

    @given(stories)
    @example(LATE_AT_THE_OLD)
    @example(NEW_BEFORE_KNOWN)
    @example(STALE)
    @example(BACK_AT_THE_OLD)
    @examples(6)
    def test_both_addresses_end_withdrawn_and_neither_is_mailable_in_between(self, story: list[tuple[str, Any]]) -> None:
        self.tell(story)
        self._compare()

    def _meet(self, number: int, at: tuple[str, int], *, user_id: int | None = ANN) -> None:
        email, minute = at
        body: dict[str, Any] = {"eventName": "SaaS Trials", "email": email, "dataFields": {"company": f"Company {number}"}}
        body |= {"createdAt": (NOON + timedelta(minutes=minute)).isoformat()} | ({"userId": str(user_id)} if user_id else {})
        assert self.api.post("/api/v1/events/", body).status_code == 202
        if user_id:
            self.met.append((minute, email))

    def _meet_nameless(self, number: int, at: tuple[str, int]) -> None:
        self._meet(number, at, user_id=None)

    def _unsubscribe(self, number: int, at: tuple[str, int]) -> None:
        moment = (NOON + timedelta(minutes=at[1])).isoformat()
        body = {"email": at[0], "unsubscribed": True, "occurred_at": moment}
        assert self.api.post("/api/v1/webhooks/marketo/unsubscribe/", body).status_code == 202

    def _process(self, *_: Any) -> None:
        process_all()
        withdrawn = live_withdrawals(list(KEYS.values()))
        for email, key in KEYS.items():
            if key in withdrawn:
                self.since.setdefault(email, time.time())

    def _send(self, *_: Any) -> None:
        drain(10, linger=AT_ONCE)

    def _wait(self, *_: Any) -> None:
        make_due()

    def _fail(self, _: int, fault: tuple[str, tuple[int, bool]]) -> None:
        path, (status, applied) = fault
        faults(self.sandbox, fail_next=[{"path": path, "status": status, "times": 2, "applied": applied}])

    def _finish(self) -> None:
        faults(self.sandbox, fail_next=[])
        for _ in range(40):
            make_due()
            self._process()
            if not drain(10, linger=AT_ONCE) and not Event.objects.due(NOON).exists():
                return
        raise AssertionError("The pipes do not come to rest.")

    def _check_no_new_opening(self) -> None:
        for email, since in self.since.items():
            assert open_moments(self.sandbox, email, since) == []

    def _compare(self) -> None:
        waiting = Delivery.objects.exclude(state__in=("delivered", "skipped")).exclude(reason_code="address_taken")
        assert list(waiting.values_list("operation", "state", "reason")) == []
        withdrawn = live_withdrawals(list(KEYS.values()))
        said = set(Event.objects.filter(door=Event.Door.UNSUBSCRIBE).values_list("email", flat=True))
        one_person = {email for _, email in self.met} == {A, B}
        for email, key in KEYS.items():
            assert (key in withdrawn) == (bool(said) if one_person else email in said), email
            if profile := user(self.sandbox, email).get("user"):
                out = profile["dataFields"].get("unsubscribedChannelIds", [])
                assert (channel_id(self.sandbox) in out) == (key in withdrawn), email
        if one_person:
            latest = max(minute for minute, _ in self.met)
            [contact] = Contact.objects.filter(gitlab_user_id=ANN)
            assert contact.email in {email for minute, email in self.met if minute == latest}
