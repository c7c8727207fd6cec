"""What was found becomes findings that open, worsen, come back and end; each change is told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from iterable_admin.errors import Permanent
from journeys.lint.excepting import accept, end_exceptions, expire_exceptions, make_exception
from journeys.lint.models import LintException, LintFinding, Notification
from journeys.lint.registry import Severity
from tests.journeys.findings import finding, found, see

pytestmark = pytest.mark.django_db
IN_A_WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def somebody_to_tell(settings: Any) -> Any:
    settings.NOTIFY_EMAILS = ["owner@example.com"]


def changes() -> list[str]:
    return list(Notification.objects.order_by("pk").values_list("change", flat=True))


def states() -> list[tuple[str, str]]:
    return list(LintFinding.objects.order_by("pk").values_list("subject_id", "state"))


def excuse(row: LintFinding, **given: Any) -> LintException:
    return make_exception(
        row, reason="Until the relaunch", owner="Allie", by="amy", expires_at=timezone.now() + IN_A_WEEK, **given
    )


def test_a_finding_is_told_once_however_often_it_is_seen() -> None:
    for _ in range(3):
        see(found("a", 5))
    assert (states(), changes()) == ([("a", "open")], ["new"])


def test_what_is_not_found_again_is_resolved_and_told() -> None:
    see(found("a"), found("b"))
    see(found("b"))
    see(found("b"))
    assert (states(), changes()) == ([("a", "resolved"), ("b", "open")], ["new", "new", "resolved"])


def test_what_comes_back_is_a_new_finding() -> None:
    for items in ([found("a")], [], [found("a")]):
        see(*items)
    assert (states(), changes()) == ([("a", "resolved"), ("a", "open")], ["new", "resolved", "new"])


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([1, 2], ["new", "worse"]),
        ([5, 4, 5], ["new"]),
        # A person an hour among a thousand is not news each hour, but a tenth more is.
        ([1_000, 1_001, 1_002], ["new"]),
        ([1_000, 1_060, 1_101], ["new", "worse"]),
    ],
)
def test_more_exposed_people_than_were_told_of_are_a_change_for_the_worse(counts: list[int], told: list[str]) -> None:
    for count in counts:
        see(found("a", count))
    assert changes() == told
    assert LintFinding.objects.get().exposed == counts[-1]
    assert (LintFinding.objects.get().worse_at is not None) == ("worse" in told)


def test_a_graver_severity_is_a_change_for_the_worse_and_a_lesser_one_is_not() -> None:
    for severity in (Severity.INFO, Severity.BLOCKING, Severity.WARNING):
        see(found("a", severity=severity))
    assert changes() == ["new", "worse"]


def test_an_excepted_finding_is_silent_until_its_exception_expires() -> None:
    row = finding("a", exposed=1)
    exception = excuse(row)
    see(found("a", 50))
    assert (states(), changes()) == ([("a", "excepted")], ["new"])

    LintException.objects.filter(pk=exception.pk).update(expires_at=timezone.now())
    assert expire_exceptions() == 1
    assert expire_exceptions() == 0
    see(found("a", 50))
    assert (states(), changes()) == ([("a", "open")], ["new", "reopened"])


def test_an_exception_taken_back_opens_the_finding_again_and_names_who_did_it() -> None:
    exception = excuse(finding("a"))
    end_exceptions([exception], by="amy")
    exception.refresh_from_db()
    assert (states(), exception.ended_by) == ([("a", "open")], "amy")


def test_an_exception_of_one_finding_leaves_others_of_its_rule_open() -> None:
    see(found("a"), found("b"))
    excuse(LintFinding.objects.get(subject_id="a"))
    see(found("a"), found("b"))
    assert states() == [("a", "excepted"), ("b", "open")]


def test_an_exception_outlives_the_finding_and_covers_it_when_it_comes_back() -> None:
    excuse(finding("a"))
    see()
    see(found("a"))
    assert (states(), changes()) == ([("a", "resolved"), ("a", "excepted")], ["new"])


@pytest.mark.parametrize("wrong", [{"owner": " "}, {"reason": ""}, {"expires_at": timezone.now()}, {"whole_type": True}])
def test_an_exception_needs_a_reason_an_owner_and_an_end_in_the_future(wrong: dict[str, Any]) -> None:
    row = finding("a")
    given: dict[str, Any] = {"reason": "x", "owner": "y", "by": "z", "expires_at": timezone.now() + IN_A_WEEK}
    with pytest.raises(Permanent):
        make_exception(row, **given | wrong)
    assert (LintException.objects.count(), states()) == (0, [("a", "open")])


def test_an_accepted_change_is_resolved_without_a_word() -> None:
    row = finding("a")
    assert accept([row]) == 1
    row.refresh_from_db()
    assert (row.state, row.accepted_at is not None, changes()) == ("resolved", True, ["new"])


def test_only_rules_that_looked_resolve_their_findings() -> None:
    from journeys.lint.settling import settle

    see(found("a"))
    settle([], ["SUB08"], timezone.now())
    assert states() == [("a", "open")]


def test_nobody_to_tell_leaves_no_rows(settings: Any) -> None:
    settings.NOTIFY_EMAILS = []
    see(found("a"))
    assert (states(), changes()) == ([("a", "open")], [])
