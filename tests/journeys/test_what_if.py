"""What if: who would be mailed before and after, by reason, and nothing touched."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.consent.models import MessageType
from contacts.consent.resolver.people import Variant
from journeys.lint.what_if import Change, preview
from tests.consent.resolver.conftest import GITLAB, MARKETING, catalogue, person  # noqa: F401 - a fixture
from tests.factories import SubscriptionChangeFactory

pytestmark = pytest.mark.usefixtures("catalogue", "crowd")


@pytest.fixture
def crowd(catalogue: None) -> None:  # noqa: F811 - the fixture
    """Fresh; opted in; withdrew in Marketo, which Iterable does not show (once opted in, once not); out of the channel."""
    person("fresh")
    person("in", subscribed_message_type_ids=[GITLAB])
    person("marketo")
    person("marketo-in", subscribed_message_type_ids=[GITLAB])
    person("out", unsubscribed_channel_ids=[MARKETING])
    for key in ("in", "marketo-in"):
        consent = {"verdict": "granted", "target": "message_type", "target_key": str(GITLAB)}
        SubscriptionChangeFactory.create(address_key=key, **consent)
    for key in ("marketo", "marketo-in", "out"):
        SubscriptionChangeFactory.create(address_key=key)


def variant(name: str) -> Variant:
    return Variant(MessageType.objects.select_related("channel").get(name=name))


def other(name: str) -> MessageType:
    return variant(name).message_type


def test_a_retired_type_mails_nobody() -> None:
    found = preview(variant("Marketing Message"), Change.RETIRE)
    assert (found.before.mailed, found.before.exposed, found.after.mailed, found.after.exposed) == (4, 3, 0, 0)
    assert found.lost == {"UPSTREAM_WITHDRAWN": 2, "NO_EVIDENCE": 1, "SEND": 1}
    assert found.gained == {}


def test_its_steps_moved_to_an_opt_in_type_mail_only_who_opted_in() -> None:
    found = preview(variant("Marketing Message"), Change.MOVE, other("GitLab Marketing"))
    assert (found.before.mailed, found.after.mailed) == (4, 2)
    assert (found.before.reasons, found.after.reasons) == ({"UPSTREAM_WITHDRAWN": 2, "NO_EVIDENCE": 1}, {"UPSTREAM_WITHDRAWN": 1})
    assert found.lost == {"UPSTREAM_WITHDRAWN": 1, "NO_EVIDENCE": 1}


def test_a_move_the_other_way_shows_who_would_be_mailed_then() -> None:
    found = preview(variant("GitLab Marketing"), Change.MOVE, other("Marketing Message"))
    assert (found.before.exposed, found.after.exposed) == (1, 3)
    assert found.gained == {"WITHDREW": 1, "NEVER_ASKED": 1}


def test_withdrawals_applied_as_opt_outs_of_the_channel_leave_only_who_never_consented() -> None:
    found = preview(variant("Marketing Message"), Change.APPLY)
    assert (found.before.reasons, found.after.reasons) == ({"UPSTREAM_WITHDRAWN": 2, "NO_EVIDENCE": 1}, {"NO_EVIDENCE": 1})
    assert found.lost == {"UPSTREAM_WITHDRAWN": 2}
    receipts = preview(variant("Transactional"), Change.APPLY)
    assert (receipts.before, receipts.lost, receipts.gained) == (receipts.after, {}, {})


@pytest.mark.parametrize("change", list(Change))
def test_nothing_is_written(change: Change) -> None:
    with CaptureQueriesContext(connection) as queries:
        preview(variant("Marketing Message"), change, other("GitLab Marketing"))
    written = [query["sql"] for query in queries if query["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert written == []
