"""Why one person gets a message type: each test with what was wanted and found, and the row behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.consent.models import MessageType
from iterable_admin.addresses import address_key
from iterable_admin.errors import Permanent
from journeys.why.checklist import Explained
from journeys.why.of_message_type import explain
from journeys.why.person import NO_CONTACT, UNKNOWN, person_of
from tests.consent.resolver.conftest import GITLAB, MARKETING, NOON, catalogue, see
from tests.factories import ContactFactory, SubscriptionChangeFactory

__all__ = ["catalogue"]
pytestmark = pytest.mark.usefixtures("catalogue")
ADA = "ada@example.com"
KEY_OF = address_key


def explained(name: str, **asked: object) -> Explained:
    person = person_of(ADA, **asked)  # type: ignore[arg-type] # as the caller has it
    return explain(person, MessageType.objects.select_related("channel").get(name=name))


def test_the_first_blocker_carries_the_ledger_row_and_every_later_test_is_told_too() -> None:
    ContactFactory.create(email=ADA)
    row = SubscriptionChangeFactory.create(address_key=KEY_OF(ADA), occurred_at=NOON)
    see(KEY_OF(ADA))
    found = explained("Marketing Message")
    assert (found.outcome, found.will, found.should) == ("exposed", True, False)
    assert found.blocker is not None
    assert (found.blocker.code, found.blocker.evidence and found.blocker.evidence.key) == ("UPSTREAM_WITHDRAWN", str(row.pk))
    agreement = found.tests[-1]
    assert (agreement.name, agreement.passed, agreement.got) == (
        "Agreement in the ledger",
        None,
        "withdrew, so that no earlier agreement counts",
    )


def test_what_was_passed_tells_the_row_that_it_rests_on() -> None:
    ContactFactory.create(email=ADA)
    row = SubscriptionChangeFactory.create(
        address_key=KEY_OF(ADA), verdict="granted", target="message_type", target_key=str(GITLAB), occurred_at=NOON
    )
    sight = see(KEY_OF(ADA), subscribed_message_type_ids=[GITLAB])
    found = explained("GitLab Marketing")
    assert (found.outcome, found.sentence, found.blocker) == ("sent", "Nothing keeps GitLab Marketing from this person.", None)
    assert [(test.name, test.got, test.evidence and test.evidence.key) for test in found.tests[5:]] == [
        ("Profile in Iterable", "there", str(sight.pk)),
        ("Subscription to Marketing Channel", "not unsubscribed", str(sight.pk)),
        ("Subscription to GitLab Marketing", "opted in", str(sight.pk)),
        ("Withdrawals in the ledger", "never withdrew", None),
        ("Agreement in the ledger", "agreed on 2026-03-10 12:00 UTC", str(row.pk)),
    ]


def test_the_past_is_explained_by_what_had_happened_by_then() -> None:
    ContactFactory.create(email=ADA)
    SubscriptionChangeFactory.create(address_key=KEY_OF(ADA), occurred_at=NOON)
    see(KEY_OF(ADA), NOON - timedelta(days=2), unsubscribed_channel_ids=[])
    see(KEY_OF(ADA), NOON + timedelta(days=1), unsubscribed_channel_ids=[MARKETING])
    codes = [
        [test.code for test in explained("Marketing Message", at=NOON + timedelta(days=days)).tests if test.passed is False]
        for days in (-3, -1, 0, 1)
    ]
    assert codes == [["NO_EVIDENCE"], ["NO_EVIDENCE"], ["UPSTREAM_WITHDRAWN"], ["CHANNEL_UNSUBSCRIBED"]]


def test_of_an_address_nobody_heard_of_it_is_said_plainly() -> None:
    person = person_of(" Nobody@Example.com ")
    assert (person.email, person.known, person.sentences) == ("nobody@example.com", False, [UNKNOWN])
    found = explain(person, MessageType.objects.select_related("channel").get(name="Transactional"))
    assert (found.outcome, found.will, found.should) == ("unknown", None, True)


def test_of_who_withdrew_before_existing_the_ledger_answers() -> None:
    SubscriptionChangeFactory.create(address_key=KEY_OF(ADA), occurred_at=NOON)
    assert person_of(ADA).sentences == [NO_CONTACT]
    found = explained("GitLab Marketing")
    assert (found.outcome, found.blocker and found.blocker.code) == ("blocked", "UPSTREAM_WITHDRAWN")


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(Permanent, match="not an email address"):
        person_of("ada at example.com")
