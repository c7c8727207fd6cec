"""A version is written by one, approved by another, and each step is on record; a refusal writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from iterable_admin.audit.models import OperatorAction
from iterable_admin.audit.sentences import sentence
from iterable_admin.errors import Permanent
from journeys.definition.blocking import blocking
from journeys.definition.lifecycle import By, approve, edit, propose, submit, supersede, verify, withdraw
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import as_json, hash_of, read_graph
from journeys.lint.models import LintFinding
from journeys.models import Journey
from tests.conftest import People
from tests.definition.graphs import chain, message, small

pytestmark = pytest.mark.django_db

GRAPH, OTHER = read_graph(small()), read_graph(small(steps=[message("welcome")], edges=chain("start", "welcome")))
CHANGED = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def journey(db: None) -> Journey:
    return Journey.objects.create(name="Trial", workflow_id=9, changed_at=CHANGED)


@pytest.fixture
def by(people: People) -> By:
    return By(people.campaigns_owner, "It is time.")


@pytest.fixture
def business(people: People) -> By:
    return By(people.business_owner, "It is right.")


@pytest.fixture
def version(journey: Journey, by: By) -> JourneyVersion:
    return propose(journey, by, GRAPH)


def finding(version: JourneyVersion, kind: str = "version", **given: Any) -> LintFinding:
    now, pk = timezone.now(), str(version.pk)
    told = {"code": "JRN01", "severity": "B", "subject_kind": kind, "subject_id": pk, "fingerprint": f"JRN01:{kind}:{pk}"}
    return LintFinding.objects.create(journey=version.journey, first_seen=now, last_seen=now, **told | given)


def refused(act: Callable[[], Any]) -> str:
    """Its words, once it is proven that nothing was written."""
    before = [list(model.objects.order_by("pk").values()) for model in (JourneyVersion, OperatorAction)]
    with pytest.raises(Permanent) as problem:
        act()
    assert [list(model.objects.order_by("pk").values()) for model in (JourneyVersion, OperatorAction)] == before
    return str(problem.value)


def test_a_version_goes_from_draft_by_review_to_approved_and_is_superseded_by_the_next(
    journey: Journey, by: By, business: By, version: JourneyVersion
) -> None:
    assert (version.number, version.state, version.graph, version.provenance) == (1, "draft", as_json(GRAPH), "typed")
    assert version.described_changed_at == CHANGED
    first = approve(submit(version, by), business, version.graph_hash)
    assert (first.state, first.approver) == ("approved", business.user)
    second = propose(journey, by, OTHER, JourneyVersion.Provenance.IMPORTED)
    approve(submit(second, by), business, second.graph_hash)
    states = journey.versions.order_by("number").values_list("number", "state")
    assert list(states) == [(1, "superseded"), (2, "approved")]
    told = [sentence(action) for action in OperatorAction.objects.order_by("id")]
    assert told[:3] == [
        "campaigns_owner described version 1 of Trial.",
        "campaigns_owner sent version 1 of Trial to review.",
        "business_owner approved version 1 of Trial.",
    ]
    assert OperatorAction.objects.order_by("id")[2].selection["graph_hash"] == hash_of(GRAPH)


def test_one_version_is_in_the_making_at_a_time(journey: Journey, by: By, version: JourneyVersion) -> None:
    told = refused(lambda: propose(journey, by, OTHER))
    assert told == "version 1 of Trial is draft already: finish it, or give it up, before another one is begun."
    supersede(version, by)
    assert propose(journey, by, OTHER).number == 2


def test_the_database_keeps_one_draft_and_one_approval_of_a_journey(version: JourneyVersion) -> None:
    for changes in ({"number": 2}, {"number": 2, "state": "approved"}, {"number": 1, "state": "superseded"}):
        row = JourneyVersion(**{field.name: getattr(version, field.name) for field in version._meta.fields} | changes)
        row.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_an_edit_needs_the_draft_that_its_editor_saw(by: By, people: People, version: JourneyVersion) -> None:
    edited = edit(version, by, OTHER, revision=0)
    assert (edited.graph, edited.revision, edited.writers) == (as_json(OTHER), 1, [by.user.pk])
    assert refused(lambda: edit(version, by, GRAPH, revision=0)) == (
        "Somebody changed version 1 of Trial meanwhile: look at it again."
    )
    assert refused(lambda: edit(version, by, OTHER, revision=1)) == "version 1 of Trial says this already: nothing was changed."
    submit(version, by)
    assert refused(lambda: edit(version, by, GRAPH, revision=2)) == (
        "version 1 of Trial is in review: only a draft is edited; withdraw it to draft, or begin another version."
    )


def test_what_is_in_review_goes_back_to_draft_by_either_owner(by: By, business: By, version: JourneyVersion) -> None:
    for who in (by, business):
        submit(version, by)
        assert withdraw(version, who).state == "draft"
    assert refused(lambda: withdraw(version, by)) == "version 1 of Trial is draft: only what is in review is withdrawn."


def test_only_who_may_writes_and_only_who_may_approves(
    journey: Journey, people: People, by: By, business: By, version: JourneyVersion
) -> None:
    outsider = By(people.outsider, "Please.")
    words = "outsider may not describe journeys: the campaigns owner can."
    assert refused(lambda: propose(journey, outsider, OTHER)) == words
    assert refused(lambda: edit(version, outsider, OTHER, 0)) == words
    assert refused(lambda: verify(version, outsider)) == words
    assert refused(lambda: supersede(version, business)).startswith("business_owner may not describe journeys")
    assert refused(lambda: submit(version, By(by.user, " "))) == "Say why: the reason is kept with your name."
    submit(version, by)
    assert refused(lambda: withdraw(version, outsider)) == words
    assert refused(lambda: approve(version, by, version.graph_hash)) == (
        "campaigns_owner may not approve versions: the business owner can."
    )


def test_nobody_approves_what_they_wrote_nor_what_they_did_not_see(business: By, by: By, version: JourneyVersion) -> None:
    root = By(User.objects.create_superuser("root"), "I may do all.")
    edit(version, root, OTHER, revision=0)
    seen = edit(version, by, GRAPH, revision=1).graph_hash
    submit(version, by)
    assert refused(lambda: approve(version, root, seen)) == (
        "You wrote at version 1 of Trial yourself: somebody else approves it."
    )
    assert refused(lambda: approve(version, business, hash_of(OTHER))) == (
        "Somebody changed version 1 of Trial meanwhile: look at it again."
    )


def test_open_blocking_findings_keep_it_from_approval_until_they_are_excepted(
    business: By, by: By, version: JourneyVersion
) -> None:
    submit(version, by)
    mine = finding(version)
    theirs = finding(version, "campaign", code="SUB01", fingerprint="SUB01:campaign:1")
    finding(version, code="JRN02", severity="W", fingerprint="JRN02")
    finding(version, subject_id="0", fingerprint="JRN01:version:0")
    assert blocking(version) == [mine, theirs]
    assert refused(lambda: approve(version, business, version.graph_hash)) == (
        "version 1 of Trial is not approved: 2 blocking findings are open (JRN01, SUB01). Mend them, or have them excepted first."
    )
    LintFinding.objects.filter(pk__in=[mine.pk, theirs.pk]).update(state="excepted")
    assert approve(version, business, version.graph_hash).state == "approved"


def test_it_has_drifted_once_iterable_changed_later_than_described_until_it_is_verified(
    journey: Journey, by: By, version: JourneyVersion
) -> None:
    assert not version.drifted
    Journey.objects.filter(pk=journey.pk).update(changed_at=CHANGED + timedelta(days=1))
    assert JourneyVersion.objects.get(pk=version.pk).drifted
    verified = verify(version, by)
    assert (verified.drifted, verified.verified_on) == (False, timezone.now().date())
    assert isinstance(verified.verified_on, date)


def test_an_approval_is_taken_back_by_who_approves(by: By, business: By, version: JourneyVersion) -> None:
    approve(submit(version, by), business, version.graph_hash)
    assert refused(lambda: supersede(version, by)) == "campaigns_owner may not approve versions: the business owner can."
    assert supersede(version, business).state == "superseded"
    assert refused(lambda: verify(version, by)).endswith("what is superseded is not compared any more.")
