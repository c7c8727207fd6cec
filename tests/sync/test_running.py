from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.utils import timezone

from contacts.models import Contact, FieldChange, Membership, Namespace
from contacts.presence import note_presence
from contacts.sync.classifying import classify
from contacts.sync.counting import under_way
from contacts.sync.models import SyncRow, SyncRun, SyncState
from contacts.sync.running import carry_out
from contacts.sync.starting import Wish, start_run, take
from iterable_admin.addresses import address_key
from iterable_admin.outbox.models import Delivery
from tests.factories import ContactFactory, SubscriptionChangeFactory
from tests.sync.conftest import Fill, namespace, person
from tests.sync.iterable import run_once

pytestmark = pytest.mark.django_db

ADA = address_key("ada@example.com")


def operations() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("operation", flat=True))


def test_a_changed_person_whom_iterable_has_is_stored_and_enqueued(fill: Fill) -> None:
    fill(person(namespaces=[namespace(9), namespace(7)]))
    note_presence([ADA], present=True, how="look_up")
    run = run_once()
    [delivery] = Delivery.objects.all()
    assert (delivery.operation, delivery.creates, delivery.cause) == ("profile", False, "sync")
    assert [item["NAMESPACE_ID"] for item in delivery.payload["dataFields"]["namespace_information"]] == [7, 9]
    assert (run.state, run.read, run.enqueued, run.error) == ("delivering", 1, 1, "")
    assert (Contact.objects.count(), Namespace.objects.count(), Membership.objects.count()) == (1, 2, 2)


def test_somebody_whose_presence_is_unknown_is_looked_up_first(fill: Fill) -> None:
    fill(person())
    run_once()
    assert operations() == ["look_up", "profile"]


def test_where_iterable_refuses_to_create_nobody_is_looked_up(fill: Fill, settings: Any) -> None:
    settings.ITERABLE_UPDATE_ONLY = True
    fill(person())
    run_once()
    assert operations() == ["profile"]


def test_somebody_who_is_absent_is_skipped_and_nothing_is_sent(fill: Fill) -> None:
    fill(person())
    note_presence([ADA], present=False, how="look_up")
    SubscriptionChangeFactory.create(address_key=ADA)
    run = run_once()
    [row] = SyncRow.objects.all()
    assert (row.state, row.reason_code) == ("skipped", "not_in_iterable")
    assert (run.state, run.skipped, run.skipped_reasons) == ("completed", 1, {"not_in_iterable": 1})
    assert operations() == []


@pytest.mark.parametrize(("present", "steps"), [(True, ["unsubscribe"] * 2), (None, ["look_up"] + ["unsubscribe"] * 2)])
def test_somebody_who_withdrew_is_opted_out_before_the_update(fill: Fill, present: bool | None, steps: list[str]) -> None:
    fill(person())
    SubscriptionChangeFactory.create(address_key=ADA)
    if present:
        note_presence([ADA], present=True, how="look_up")
    run_once()
    assert operations() == [*steps, "profile"]
    assert set(Delivery.objects.exclude(operation="profile").values_list("withdrawal", flat=True)) == {True}


@pytest.mark.empty_timestamps
def test_people_who_never_logged_in_or_have_no_namespace_are_stored_and_counted_only(fill: Fill) -> None:
    fill(person("a@example.com", gitlab_dotcom_last_login_date=None), person("b@example.com", namespaces_array="[]"))
    run = run_once()
    assert run.skipped_reasons == {"never_logged_in": 1, "without_namespace": 1}
    assert (run.state, run.read, run.skipped) == ("completed", 2, 2)
    assert (Contact.objects.count(), SyncRow.objects.count(), operations()) == (2, 0, [])


@pytest.mark.empty_timestamps
def test_each_of_the_two_skips_has_its_setting(fill: Fill, settings: Any) -> None:
    settings.SYNC_SKIP_NEVER_LOGGED_IN = settings.SYNC_SKIP_WITHOUT_NAMESPACE = False
    fill(person("a@example.com", gitlab_dotcom_last_login_date=None), person("b@example.com", namespaces_array="[]"))
    run = run_once()
    assert (run.enqueued, run.skipped) == (2, 0)


def test_two_rows_of_one_mailbox_are_both_refused_and_say_so(fill: Fill) -> None:
    fill(person("Ada@example.com", gitlab_dotcom_user_id=1), person(" ada@example.com", gitlab_dotcom_user_id=2))
    run = run_once()
    rows = SyncRow.objects.order_by("id")
    assert [(row.state, row.reason_code, row.address_key) for row in rows] == [("skipped", "two_rows_one_mailbox", ADA)] * 2
    assert (run.read, run.skipped, Contact.objects.count(), operations()) == (2, 2, 0, [])
    assert all("of 1, 2" in row.reason or "of 2, 1" in row.reason for row in rows)


def test_what_is_no_address_is_skipped_with_a_row(fill: Fill) -> None:
    fill(person("nobody"))
    run = run_once()
    assert SyncRow.objects.get().reason_code == "invalid_address"
    assert (run.read, run.skipped, Contact.objects.count()) == (1, 1, 0)


def test_namespaces_that_cannot_be_sent_fail_their_person_and_nobody_else(fill: Fill) -> None:
    fill(person(namespaces=[{"NAMESPACE_ID": "seven"}]), person("bob@example.com"))
    run = run_once()
    failed = SyncRow.objects.get(state="failed")
    assert (failed.reason_code, failed.email) == ("unreadable_namespaces", "ada@example.com")
    assert failed.reason == "NAMESPACE_ID cannot be sent: not a whole number. Mend the row in the warehouse."
    assert (run.read, run.failed, run.enqueued) == (2, 1, 1)


def test_people_outside_the_window_are_not_read(fill: Fill) -> None:
    long_ago = (timezone.now() - timedelta(days=63)).replace(tzinfo=None)
    fill(person(), person("old@example.com", gitlab_dotcom_created_date=long_ago))
    assert run_once().read == 1


def test_an_erased_person_is_neither_stored_nor_sent(fill: Fill) -> None:
    ContactFactory.create(address_key=ADA, email="")
    fill(person())
    run = run_once()
    assert (run.skipped_reasons, operations()) == ({"erased": 1}, [])
    assert Contact.objects.get().email == ""


def test_history_tells_what_changed_and_what_vanished(fill: Fill) -> None:
    fill(person(namespaces=[namespace(1), namespace(2), namespace(3)]))
    run_once()
    SyncRun.objects.update(state="completed")
    fill(person(namespaces=[namespace(1), namespace(2, GITLAB_PLAN_TITLE="Premium")]))
    run = run_once()
    change = FieldChange.objects.get()
    assert (change.old, change.new) == ([namespace(2), namespace(3)], [namespace(2, GITLAB_PLAN_TITLE="Premium")])
    assert (change.field, change.cause, change.cause_id) == ("namespace_information", "sync", str(run.pk))
    assert list(Membership.objects.values_list("namespace_id", flat=True)) == [1, 2]
    assert Namespace.objects.get(pk=2).plan_title == "Premium"


def test_unchanged_values_write_no_contact_no_membership_and_no_history(fill: Fill) -> None:
    fill(person())
    run_once()
    touched = Contact.objects.get().updated_at
    run_once()
    assert (Contact.objects.get().updated_at, FieldChange.objects.count()) == (touched, 0)


def test_values_that_are_still_under_way_are_not_enqueued_twice(fill: Fill) -> None:
    fill(person())
    run_once()
    second = run_once()
    assert (second.state, second.skipped_reasons, second.enqueued) == ("completed", {"already_under_way": 1}, 0)
    assert operations() == ["look_up", "profile"]


def test_a_value_that_turns_back_while_another_is_under_way_is_sent_again(fill: Fill) -> None:
    for title in ("Free", "Premium", "Free"):
        fill(person(namespaces=[namespace(7, GITLAB_PLAN_TITLE=title)]))
        assert run_once().enqueued == 1


def test_a_limit_ends_the_reading_early_but_never_between_two_rows_of_a_mailbox(fill: Fill) -> None:
    fill(person("a@example.com"), person("A@example.com"), person("b@example.com"), person("c@example.com"))
    assert run_once(Wish(limit=1)).read == 2


def test_the_counts_add_up_across_batches(fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contacts.sync.classifying.PEOPLE_A_BATCH", 3)
    fill(*[person(f"p{number}@example.com") for number in range(7)], person("x"), person("z@example.com", namespaces_array="{}"))
    note_presence([address_key("p1@example.com")], present=False, how="look_up")
    run = run_once()
    assert (run.read, run.skipped, run.failed, under_way(run)) == (9, 2, 1, 6)
    assert run.read == run.unchanged + run.skipped + run.failed + run.delivered + under_way(run)


def test_what_cannot_be_read_ahead_fails_the_run_and_what_was_written_before_stays(fill: Fill, monkeypatch: Any) -> None:
    monkeypatch.setattr("contacts.sync.classifying.PEOPLE_A_BATCH", 1)
    fill(person("a@example.com"), person("b@example.com"), person("c@example.com"))
    # Three times for the plan, once for the first person; then the file ends in the middle.
    turns: Iterator[Callable[..., Any]] = iter([classify, classify, classify, classify, Mock(side_effect=OSError("torn"))])
    monkeypatch.setattr("contacts.sync.examining.classify", lambda batch, fields: next(turns)(batch, fields))
    run = run_once()
    assert (run.state, run.read, run.enqueued, SyncRow.objects.count()) == ("failed", 1, 1, 1)
    assert run.error.startswith("Our bug: OSError: torn.")


def test_an_empty_source_is_suspicious(fill: Fill) -> None:
    fill()
    run = run_once()
    assert (run.state, run.stop_code, run.read) == ("stopped", "guard", 0)
    assert run.error.startswith("The source is empty: suspicious.")


def test_a_missing_source_fails_the_run_with_the_mend(tmp_path: Path, settings: Any) -> None:
    settings.WAREHOUSE_URL = f"duckdb:///{tmp_path}/none.duckdb"
    run = run_once()
    assert run.state == "failed"
    assert "WAREHOUSE_URL" in run.error
    assert run.finished_at is not None


def test_a_run_that_was_closed_meanwhile_writes_nothing_more(fill: Fill) -> None:
    fill(person())
    run = start_run("command")
    take(run)
    SyncRun.objects.update(state="failed")
    assert carry_out(run).state == "failed"
    assert (Contact.objects.count(), SyncRow.objects.count(), operations(), SyncState.objects.count()) == (0, 0, [], 0)


def test_our_own_bug_fails_the_run_and_says_so(fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("by zero")

    fill(person())
    monkeypatch.setattr("contacts.sync.writing.store", broken)
    run = run_once()
    assert (run.state, run.error[:37]) == ("failed", "Our bug: ZeroDivisionError: by zero. ")
