"""The switch, tokens, runs and what the technical owner maintains: three people for each, and every change recorded."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from contacts.consent.models import MessageType
from contacts.intake.models import EventType
from contacts.models import FieldPrecedence
from contacts.precedence import fields_that_events_own, fields_that_the_sync_owns
from contacts.sync.models import SyncDefinition, SyncRow, SyncRun
from iterable_admin.audit.models import Dri, OperatorAction
from iterable_admin.inbox.models import Source, SourceToken
from iterable_admin.inbox.tokens import create_token, find_source
from iterable_admin.outbox.models import SendingSwitch
from journeys.models import Journey
from tests.admin.rows import make_run

pytestmark = pytest.mark.django_db


def post(client: Client, page: str, /, *args: Any, **data: Any) -> Any:
    return client.post(reverse(f"admin:{page}", args=args), {"reason": "Because", **data})


def actions() -> list[tuple[str, str]]:
    return list(OperatorAction.objects.order_by("id").values_list("verb", "reason"))


def test_the_switch_is_turned_with_a_reason(technical: Client) -> None:
    assert "Now: live" in technical.get(reverse("admin:outbox_sendingswitch_turn")).content.decode()
    post(technical, "outbox_sendingswitch_turn", mode="paused")
    switch = SendingSwitch.objects.get()
    assert (switch.mode, switch.reason, switch.changed_by) == ("paused", "Because", "technical_owner")
    assert OperatorAction.objects.get().result == "The switch was live and is set to paused."


def test_the_switch_stays_without_a_reason_or_the_permission(
    technical: Client, campaigns: Client, business: Client, outsider: Client
) -> None:
    assert "This field is required" in post(technical, "outbox_sendingswitch_turn", mode="paused", reason="").content.decode()
    for client in (campaigns, business, outsider):
        assert post(client, "outbox_sendingswitch_turn", mode="paused").status_code == 403
    assert not SendingSwitch.objects.filter(mode="paused").exists()
    assert actions() == []


def test_a_token_is_shown_once_and_works(technical: Client) -> None:
    source = Source.objects.create(name="Workato")
    page = post(technical, "inbox_source_make_token", source.pk)
    token = re.search(r"ita_[\w-]{43}", page.content.decode())
    assert token
    assert find_source(token.group()) == source
    assert "no-store" in page.headers["Cache-Control"]
    again = technical.get(reverse("admin:inbox_source_change", args=[source.pk])).content.decode()
    assert token.group() not in again
    assert token.group()[:12] in again
    assert token.group() not in str(list(OperatorAction.objects.values()))


def test_a_third_token_is_refused(technical: Client) -> None:
    source = Source.objects.create(name="Workato")
    create_token(source)
    create_token(source)
    page = technical.post(
        reverse("admin:inbox_source_make_token", args=[source.pk]), {"reason": "Because"}, follow=True
    ).content.decode()
    assert "has 2 active tokens already" in page
    assert source.tokens.count() == 2
    assert actions() == []


def test_a_revoked_token_no_longer_works(technical: Client) -> None:
    source = Source.objects.create(name="Workato")
    token = create_token(source)
    post(technical, "inbox_source_revoke_token", source.pk, source.tokens.get().pk)
    assert find_source(token) is None
    assert actions() == [("revoke token", "Because")]


def test_tokens_are_out_of_reach_without_the_permission(campaigns: Client, business: Client, outsider: Client) -> None:
    source = Source.objects.create(name="Workato")
    token = create_token(source)
    row = source.tokens.get()
    for client in (campaigns, business, outsider):
        assert post(client, "inbox_source_make_token", source.pk).status_code == 403
        assert post(client, "inbox_source_revoke_token", source.pk, row.pk).status_code == 403
    assert find_source(token) == source
    assert SourceToken.objects.count() == 1
    assert actions() == []


def test_a_source_is_added_with_scopes_from_checkboxes(technical: Client) -> None:
    post(technical, "inbox_source_add", name="Workato", scopes=["events:write", "read"], active="on", notes="")
    assert Source.objects.get().scopes == ["events:write", "read"]
    assert actions() == [("add", "Because")]


def test_an_event_type_is_written_one_field_a_line(technical: Client) -> None:
    data = {"name": "Demo", "slug": "demo", "aliases": "Demo Request\ndemo", "fields": "company: string\nseats: integer"}
    post(technical, "intake_eventtype_add", active="on", forward="on", **data)
    row = EventType.objects.get(slug="demo")
    assert row.aliases == ["Demo Request", "demo"]
    assert row.fields == [{"name": "company", "type": "string"}, {"name": "seats", "type": "integer"}]
    page = technical.get(reverse("admin:intake_eventtype_change", args=[row.pk])).content.decode()
    assert "company: string\nseats: integer" in page


@pytest.mark.parametrize("fields", ["company", "company: text", ": string", "a: string\na: string"])
def test_a_field_that_cannot_be_read_is_refused_and_nothing_is_stored(technical: Client, fields: str) -> None:
    count = EventType.objects.count()
    page = post(technical, "intake_eventtype_add", name="Demo", slug="demo", fields=fields)
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert (EventType.objects.count(), actions()) == (count, [])


def test_notes_and_do_not_use_are_ours_and_the_rest_is_iterables(technical: Client) -> None:
    row = MessageType.objects.get(name="GitLab Marketing")
    post(technical, "consent_messagetype_change", row.pk, notes="Ours", do_not_use="on", policy="OptOut", name="Other")
    row.refresh_from_db()
    assert (row.name, row.policy, row.notes, row.do_not_use) == ("GitLab Marketing", "OptIn", "Ours", True)
    assert OperatorAction.objects.get().selection == {"ids": [str(row.pk)], "fields": ["do_not_use", "notes"]}


def test_a_change_without_a_reason_is_not_saved(technical: Client) -> None:
    row = Journey.objects.get(workflow_id=361081)
    assert post(technical, "journeys_journey_change", row.pk, notes="Ours", reason="").status_code == 200
    row.refresh_from_db()
    assert (row.notes, actions()) == ("", [])


def test_a_vacant_role_is_filled(technical: Client, business: Client) -> None:
    row = Dri.objects.get(role=Dri.Role.TECHNICAL_OWNER)
    assert post(business, "audit_dri_change", row.pk, role=row.role, name="Mine").status_code == 403
    post(technical, "audit_dri_change", row.pk, role=row.role, name="Somebody", email="", notes="")
    row.refresh_from_db()
    assert row.name == "Somebody"


def test_who_has_the_say_on_a_field_is_set_with_a_reason(technical: Client, business: Client, outsider: Client) -> None:
    row = FieldPrecedence.objects.get(field="company")
    for client in (business, outsider):
        assert post(client, "contacts_fieldprecedence_change", row.pk, winner="sync", why="Mine").status_code == 403
    post(technical, "contacts_fieldprecedence_change", row.pk, winner="sync", why="The warehouse knows", field="other")
    row.refresh_from_db()
    assert (row.winner, row.why, FieldPrecedence.objects.filter(field="other").exists()) == ("sync", "The warehouse knows", False)
    post(technical, "contacts_fieldprecedence_add", field="jobTitle", winner="event", why="")
    assert fields_that_the_sync_owns() == {"company"}
    assert "jobTitle" in fields_that_events_own()
    assert actions() == [("change", "Because"), ("add", "Because")]


def a_run(**values: Any) -> SyncRun:
    call_command("seed", verbosity=0)
    return make_run(SyncDefinition.objects.get(slug="namespace-information"), **values)


@pytest.mark.parametrize(("button", "dry"), [("run_now", False), ("dry_run", True)])
def test_a_run_is_started_by_a_button_with_a_reason(technical: Client, button: str, dry: bool) -> None:
    assert technical.get(reverse(f"admin:sync_syncrun_{button}")).status_code == 200
    assert SyncRun.objects.count() == 0
    post(technical, f"sync_syncrun_{button}")
    run = SyncRun.objects.get()
    assert (run.state, run.dry_run, run.trigger) == ("running", dry, "operator")
    assert OperatorAction.objects.get().reason == "Because"


def test_a_failed_run_goes_again_by_its_button(technical: Client) -> None:
    failed = a_run(state=SyncRun.State.FAILED)
    page = technical.get(reverse("admin:sync_syncrun_change", args=[failed.pk])).content.decode()
    assert "Run again …" in page
    assert "Retry its failed rows …" in page
    post(technical, "sync_syncrun_do", failed.pk, "run-again")
    assert list(SyncRun.objects.order_by("id").values_list("state", flat=True)) == ["failed", "running"]


def test_a_second_run_is_refused_in_words(technical: Client) -> None:
    a_run(state=SyncRun.State.RUNNING, heartbeat_at=None)
    page = technical.post(reverse("admin:sync_syncrun_run_now"), {"reason": "Because"}, follow=True).content.decode()
    assert "A run is under way" in page
    assert (SyncRun.objects.count(), actions()) == (1, [])


def test_failed_rows_of_a_run_are_counted_then_retried(technical: Client) -> None:
    run = a_run()
    SyncRow.objects.create(run=run, address_key="a" * 64, state="failed", reason_code="refused")
    page = technical.get(reverse("admin:sync_syncrun_retry_failed_rows", args=[run.pk])).content.decode()
    assert "Retry 1 failed rows of" in page
    post(technical, "sync_syncrun_retry_failed_rows", run.pk)
    assert not SyncRow.objects.filter(state="failed").exists()
    assert OperatorAction.objects.get().count == 1


def test_runs_are_left_alone_without_the_permission(campaigns: Client, business: Client, outsider: Client) -> None:
    run = a_run()
    SyncRow.objects.create(run=run, address_key="a" * 64, state="failed", reason_code="refused")
    for client in (campaigns, business, outsider):
        assert post(client, "sync_syncrun_run_now").status_code == 403
        assert post(client, "sync_syncrun_dry_run").status_code == 403
        assert post(client, "sync_syncrun_do", run.pk, "run-again").status_code == 403
        assert post(client, "sync_syncrun_retry_failed_rows", run.pk).status_code == 403
    assert (SyncRun.objects.count(), SyncRow.objects.get().state, actions()) == (1, "failed", [])
