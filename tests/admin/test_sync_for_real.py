"""The pages over what runs really leave behind, rather than over rows made for them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from contacts.presence import note_presence
from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.seed import NAMESPACE_INFORMATION
from contacts.sync.starting import Wish
from contacts.sync.tasks import start_sync
from iterable_admin.addresses import address_key
from tests.sync.conftest import Fill, fill, namespace, person  # noqa: F401 - a fixture among them
from tests.sync.iterable import run_once

pytestmark = pytest.mark.django_db
ADA, GRACE = "ada@example.com", "grace@example.com"


def page(client: Client, run: SyncRun) -> str:
    return " ".join(client.get(reverse("admin:sync_syncrun_change", args=[run.pk])).content.decode().split())


def test_a_dry_run_shows_whom_it_would_send_what_and_whom_it_holds(technical: Client, fill: Fill) -> None:  # noqa: F811
    clash = [person("Grace@example.com", gitlab_dotcom_user_id=1), person(GRACE, gitlab_dotcom_user_id=2)]
    fill(person(ADA, namespaces=[namespace(7, GITLAB_PLAN_TITLE="Ultimate Trial")]), *clash)
    words = page(technical, run_once(Wish(dry_run=True)))
    assert "The technical owner approves it, as long as nothing moves, or discards it." in words
    assert "<dt>To send</dt><dd>1</dd>" in words
    assert f"<summary>{ADA}: added</summary>" in words
    assert '<code>7.GITLAB_PLAN_TITLE</code></th><td data-head="How">+ added</td>' in words
    assert "<h3>mailbox grace@example.com</h3>" in words
    assert "This one is of GitLab user 1, of 1, 2." in words


def test_an_empty_source_leaves_a_page_that_says_so(technical: Client, fill: Fill) -> None:  # noqa: F811
    fill()
    words = page(technical, run_once())
    assert "A guard objects: The source is empty: suspicious." in words
    assert "Approve the plan …" not in words
    assert "Discard the plan …" in words


def test_people_who_vanished_are_approved_by_the_page_which_says_what_that_does(technical: Client, fill: Fill) -> None:  # noqa: F811
    fill(person(ADA), person(GRACE))
    run_once()
    fill()
    run = run_once()
    assert "Approve the plan …" in page(technical, run)
    url = reverse("admin:sync_syncrun_do", args=[run.pk, "approve"])
    asked = technical.get(url).content.decode()
    assert "Nobody is sent new values, and 2 people are marked as gone: 0 left the window, 2 vanished from the source." in asked
    technical.post(url, {"reason": "They left indeed"})
    start_sync(run.executions.get().pk)
    assert (run.executions.get().state, run.executions.get().vanished, run.executions.get().enqueued) == ("completed", 2, 0)


def test_who_is_no_longer_in_the_source_is_told_by_the_window_and_the_preview(technical: Client, fill: Fill) -> None:  # noqa: F811
    note_presence([address_key(ADA), address_key(GRACE)], present=True, how="look_up")
    fill(person(ADA), person(GRACE))
    run_once()
    fill(person(ADA))
    run_once()
    counts = technical.get(reverse("sync_window")).context["counts"]
    assert {name: count for name, _, count, _ in counts} == {"entered": 2, "left": 0, "vanished": 1, "plan": 0}
    definition = SyncDefinition.objects.get(slug=NAMESPACE_INFORMATION)
    preview = technical.post(reverse("admin:sync_syncdefinition_preview", args=[definition.pk]), {"email": GRACE})
    assert "This person vanished from the source" in preview.content.decode()
    assert "&quot;NAMESPACE_ID&quot;: 7" in preview.content.decode()
