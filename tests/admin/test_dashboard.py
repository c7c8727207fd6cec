"""The dashboard: the health in one line, true in every state; numbers with a trend; what needs somebody, with its button."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.sync.headcounts import count_heads
from contacts.sync.models import Headcount, SyncDefinition, SyncRun
from iterable_admin.audit import browsing
from iterable_admin.audit.models import Dri, OperatorAction
from iterable_admin.inbox.hours import count_hours
from iterable_admin.inbox.models import Event, EventHour
from iterable_admin.outbox.models import Delivery, SendingSwitch
from iterable_admin.screens.dashboard import counting
from iterable_admin.screens.dashboard.findings import findings
from iterable_admin.waking.models import WakeUp
from journeys.lint.models import LintFinding, LintRun
from tests.admin.rows import fill, make_delivery, make_event, make_run
from tests.admin.test_pages import DASHBOARD_QUERIES
from tests.factories import SubscriptionChangeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def calm(seeded: None, settings: Any) -> None:
    """Workers answer, every role is held, the last sync completed."""
    settings.SENDING = "live"
    for name in ("inbox", "outbox"):
        WakeUp.objects.update_or_create(name=name, defaults={"started_at": timezone.now(), "finished_at": timezone.now()})
    Dri.objects.filter(name="").update(name="Somebody")
    sync("completed", failed=0)


def sync(state: str, **values: Any) -> SyncRun:
    return make_run(SyncDefinition.objects.get(slug="namespace-information"), state=state, **values)


def page(client: Client, **query: Any) -> str:
    return client.get(reverse("admin:index"), query).content.decode()


def words(client: Client, place: str = "headline") -> str:
    """What stands in one part of the page, without markup."""
    part = re.search(rf'<(\w+)[^>]* id="{place}".*?</\1>', page(client).replace("<p id", "<p  id"), re.DOTALL)
    assert part
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part.group())).split())


def lead(client: Client) -> str:
    """Of the health line: what is worst."""
    found = re.search(r'class="headline.*?<strong>(.*?)</strong>', page(client), re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>", "", found[1])


def test_when_all_is_well_the_line_says_so(calm: None, technical: Client) -> None:
    told = words(technical)
    assert told.startswith("✓ Everything delivered. Last sync ")
    assert told.endswith("Nothing needs you.")
    assert "Nothing failed." in page(technical)


def test_what_is_on_its_way_is_not_called_delivered(calm: None, technical: Client) -> None:
    make_delivery(1, state=Delivery.State.READY)
    assert words(technical).startswith("✓ 1 delivery is on the way.")


def halt() -> None:
    SendingSwitch.objects.update_or_create(pk=1, defaults={"halted_at": timezone.now(), "halted_because": "401"})


def end_the_workers() -> None:
    WakeUp.objects.update(started_at=timezone.now() - timedelta(hours=1))


def switch(mode: str) -> None:
    SendingSwitch.objects.update_or_create(pk=1, defaults={"mode": mode})


def leave_a_finding(exposed: int) -> None:
    now = timezone.now()
    LintFinding.objects.create(
        code="SUB01", severity="B", subject_kind="campaign", fingerprint="x", first_seen=now, last_seen=now, exposed=exposed
    )


STATES: list[tuple[Callable[[], Any], str]] = [
    (halt, "Sending is halted: Iterable refused the key."),
    (end_the_workers, "No worker has taken up the inbox or the outbox in three minutes."),
    (lambda: make_delivery(1, withdrawal=True, state="ready"), "1 withdrawal is not yet applied in Iterable."),
    (lambda: switch("paused"), "Sending is paused: only withdrawals leave."),
    (lambda: switch("observe"), "Observing: everything is decided, nothing leaves."),
    (lambda: sync("with_errors", failed=3), "3 rows of the last sync failed."),
    (lambda: make_delivery(2, reason_code="gave_up"), "1 delivery needs somebody: gave up."),
    (lambda: make_event(3, reason_code="our_bug"), "1 event needs somebody: our bug."),
    (lambda: leave_a_finding(12), "1 blocking finding stands open, the worst exposes 12 people."),
]


def test_what_several_rules_find_in_one_template_is_one_line_and_its_people_count_once(calm: None, business: Client) -> None:
    kept = {"subject_kind": "template", "first_seen": timezone.now(), "last_seen": timezone.now()}
    for code, severity, subject in (("TPL01", "W", "7"), ("TPL02", "B", "7"), ("TPL03", "W", "7"), ("TPL01", "W", "8")):
        told = {"code": code, "severity": severity, "subject_id": subject, "subject_name": f"Template {subject}"}
        LintFinding.objects.create(**kept, **told, fingerprint=f"{code} {subject}", exposed=12 if subject == "7" else 3)
    first, second = findings()["worst"]
    assert [row.code for row in (first.worst, *first.others)] == ["TPL02", "TPL03", "TPL01"]
    assert (first.worst.exposed, second.worst.subject_name, second.others) == (12, "Template 8", [])
    assert page(business).count("Template 7") == 1


def test_of_findings_that_expose_nobody_the_gravest_come_first(calm: None) -> None:
    for severity in ("I", "W", "B"):
        kept = {"subject_kind": "journey", "subject_id": severity, "first_seen": timezone.now(), "last_seen": timezone.now()}
        LintFinding.objects.create(**kept, code="JRN08", severity=severity, fingerprint=severity)
    assert [line.worst.severity for line in findings()["worst"]] == ["B", "W", "I"]


@pytest.mark.parametrize(("trouble", "sentence"), STATES)
def test_the_line_leads_with_what_is_wrong(calm: None, technical: Client, trouble: Callable[[], Any], sentence: str) -> None:
    trouble()
    assert lead(technical) == sentence


def test_of_many_things_the_line_names_the_worst_and_counts_the_rest(calm: None, technical: Client) -> None:
    # From the least to the worst: each one takes the lead from those before.
    for trouble, sentence in reversed(STATES):
        if "Observing" not in sentence:
            trouble()
            assert lead(technical) == sentence
    assert f"{len(STATES) - 2} more things to look at below." in words(technical)


@pytest.mark.parametrize(("state", "word"), [("failed", "failed"), ("stopped", "stopped")])
def test_a_sync_that_failed_leads_to_its_run(calm: None, technical: Client, state: str, word: str) -> None:
    run = sync(state, stop_code="guard" if state == "stopped" else "")
    assert lead(technical).startswith(f"The last sync {word} (")
    assert f'<strong><a href="{reverse("admin:sync_syncrun_change", args=[run.pk])}">' in page(technical)


def test_a_sync_that_did_not_come_is_missed(calm: None, technical: Client) -> None:
    SyncRun.objects.update(started_at=timezone.now() - timedelta(hours=27))
    assert lead(technical).startswith("No sync since ")


def test_a_delivery_that_waits_for_long_takes_the_lead(calm: None, technical: Client) -> None:
    make_delivery(1, state=Delivery.State.WAITING)
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert lead(technical).startswith("A delivery has waited since ")


def test_a_vacant_role_stays_in_the_line(calm: None, technical: Client) -> None:
    Dri.objects.filter(role="technical_owner").update(name="")
    assert words(technical).endswith("Nothing needs you. Technical owner is vacant.")


def test_each_role_has_its_own_line(calm: None, campaigns: Client, business: Client, outsider: Client) -> None:
    assert lead(campaigns) == "No blocking finding stands open, and no opt-out is late."
    assert lead(business) == "Everything delivered."
    assert outsider.get(reverse("admin:index")).status_code == 403


def test_who_mends_finds_trouble_first_and_who_decides_finds_exposure_first(technical: Client, business: Client) -> None:
    for client, first, second in ((technical, "needs-you", "findings"), (business, "findings", "needs-you")):
        told = page(client)
        assert told.index(f'id="{first}"') < told.index(f'id="{second}"')


def test_a_late_opt_out_is_told_to_the_campaigns_owner_as_the_lint_last_saw_it(calm: None, campaigns: Client) -> None:
    change = SubscriptionChangeFactory.create()
    seen = {"count": 1, "oldest": change.received_at.isoformat(), "behind": dict.fromkeys(behind(), 1)}
    at = timezone.now() - timedelta(hours=3)
    LintRun.objects.create(trigger="schedule", started_at=at, ended_at=at, counts={"clock": seen})
    assert lead(campaigns) == "An opt-out has not been effective in Iterable for over 10 business days."
    assert f'Seen <time datetime="{at.isoformat()}"' in page(campaigns)


def behind() -> list[str]:
    from contacts.consent.clock import THRESHOLDS

    return [threshold.name for threshold in THRESHOLDS]


def test_the_line_leads_to_what_it_names(calm: None, technical: Client) -> None:
    make_delivery(1, reason_code="gave_up")
    link = re.search(r'class="headline.*?<a href="([^"]+)"', page(technical), re.DOTALL)
    assert link
    assert technical.get(unescape(link[1])).context["cl"].result_count == 1


def test_events_are_compared_with_the_same_stretch_a_day_before(calm: None, technical: Client) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for back, done in ((1, 60), (2, 60), (25, 50), (26, 50), (49, 999)):
        counts = {"done": done, "needs_you": 0}
        EventHour.objects.create(hour=hour - timedelta(hours=back), counts=counts, counted_at=timezone.now())
    told = page(technical)
    assert re.search(r'<p class="number"><a href="[^"]+">120</a></p>\s+<p>↑ 20 % more than the day before.</p>', told)


def test_the_hours_are_drawn_and_stand_in_a_table_too(calm: None, technical: Client) -> None:
    make_event(1, state="done")
    make_event(2, state="rejected", reason_code="invalid")
    count_hours()
    told = page(technical)
    assert (
        'aria-label="Events of each hour in 24 hours: 1 done, 0 skipped, 0 under way, 1 needs somebody; 2 in the fullest' in told
    )
    assert told.count("<rect") == 4 + 2
    assert "<td>1</td><td>0</td><td>0</td><td>1</td>" in told
    assert len(re.findall(r'<tr><th scope="row">\w{3} \d\d \w{3} \d\d:00', told)) == 24


def test_a_week_is_drawn_on_request_and_nonsense_is_a_day(calm: None, technical: Client) -> None:
    make_event(1, state="done")
    Event.objects.update(received_at=timezone.now() - timedelta(days=6))
    count_hours()
    for _ in range(8):
        count_hours()
    assert "in 7 days: 1 done" in page(technical, days=7)
    assert "None came in." in page(technical, days="7 days")


def test_figures_that_nobody_counts_any_more_say_since_when(calm: None, technical: Client) -> None:
    assert "Not counted yet: a worker does so within a minute." in page(technical)
    make_event(1, state="done")
    count_hours()
    assert "and not since" not in page(technical)
    EventHour.objects.update(counted_at=timezone.now() - timedelta(hours=1))
    assert "and not since: the technical owner looks at the workers, now." in page(technical)


def test_each_reason_has_one_button_that_asks_for_all_of_it(technical: Client) -> None:
    for number in range(3):
        make_delivery(number, reason_code="gave_up")
    make_delivery(3, reason_code="permanent")
    form = re.search(r'<form method="post" action="([^"]+)">(.*?)Retry 3 …', page(technical), re.DOTALL)
    assert form
    posted = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    asked = technical.post(unescape(form[1]), posted)
    assert "<h1>Retry: 3 of 3 deliveries</h1>" in asked.content.decode()
    assert (Delivery.objects.filter(state="needs_you").count(), OperatorAction.objects.count()) == (4, 0)
    technical.post(unescape(form[1]), {**posted, "reason": "Mended", "shown": "3"})
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["ready"] * 3 + ["needs_you"]


def test_events_are_replayed_and_rejected_ones_read_again(technical: Client) -> None:
    make_event(1, reason_code="our_bug")
    make_event(2, state="rejected", reason_code="invalid")
    told = page(technical)
    assert re.findall(r'name="action" value="(\w+)"', told[told.index('id="needs-you"') :]) == ["read_again", "replay"]


def test_a_button_is_only_for_those_who_may(people: Any, technical: Client, business: Client) -> None:
    make_delivery(1, reason_code="gave_up")
    assert "Retry 1 …" in page(technical)
    told = page(business)
    assert "1 delivery" in told
    assert "Retry 1 …" not in told
    assert "/admin/outbox/delivery/" not in told
    people.business_owner.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    told = page(business)
    assert "/admin/outbox/delivery/?reason_code=gave_up" in told
    assert "Retry 1 …" not in told


def test_what_is_too_much_to_count_is_told_as_more(technical: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (browsing, counting):
        monkeypatch.setattr(module, "MOST_COUNTED", 2)
    for number in range(4):
        make_delivery(number, reason_code="gave_up")
        make_delivery(number, state="ready")
    told = page(technical)
    assert "2+ deliveries</a>" in told
    assert re.search(r'<p class="number"><a href="[^"]+attention=open">2\+</a>', told)


def test_what_waits_is_told_with_the_age_of_the_oldest(calm: None, technical: Client) -> None:
    now = timezone.now()
    for number, operation in enumerate(("track", "profile", "unsubscribe")):
        row = make_delivery(number, state="ready")
        at = now - timedelta(minutes=number)
        Delivery.objects.filter(pk=row.pk).update(operation=operation, created_at=at)
    assert f'The oldest since <time datetime="{at.isoformat()}"' in page(technical)


def test_the_last_syncs_stand_as_a_strip_and_failures_are_compared(calm: None, technical: Client) -> None:
    sync("with_errors", failed=5, read=100)
    sync("with_errors", failed=2, read=100)
    told = page(technical)
    assert "↓ 2 of 100 rows failed, 3 fewer than in the run before." in told
    assert len(re.findall(r'<li class="pill-\w+"><a href="/admin/sync/syncrun/\d+/change/"', told)) == 3


def test_profiles_are_told_as_last_counted(calm: None, technical: Client) -> None:
    assert "Not counted yet: the sync's cluster does so within minutes." in page(technical)
    at = timezone.now() - timedelta(hours=2)
    Headcount.objects.create(counted_at=at, in_iterable=1_200, in_window=800, left_behind=34)
    told = page(technical)
    assert "<dd>1,200</dd>" in told
    assert f'Counted <time datetime="{at.isoformat()}"' in told


def test_the_moving_part_is_asked_for_by_itself(calm: None, technical: Client, outsider: Client) -> None:
    fill(1)
    count_hours()
    count_heads()
    url = reverse("admin:live")
    assert f'data-refresh="{url}?days=7"' in page(technical, days=7)
    with CaptureQueriesContext(connection) as asked:
        part = technical.get(url, {"days": 7}).content.decode()
    assert len(asked) <= DASHBOARD_QUERIES
    assert "<html" not in part
    assert "Events of each hour in 7 days" in part
    assert outsider.get(url).status_code == 403


def test_the_moving_part_is_for_those_who_are_signed_in(calm: None) -> None:
    answer = Client().get(reverse("admin:live"))
    assert (answer.status_code, answer["Location"]) == (302, f"{reverse('admin:login')}?next={reverse('admin:live')}")


def test_every_part_that_is_swapped_has_a_name(calm: None, technical: Client) -> None:
    parts = re.findall(r"^<(?:div|p|section)[^>]*>", technical.get(reverse("admin:live")).content.decode(), re.MULTILINE)
    names = [re.search(r'id="([\w-]+)"', part) for part in parts]
    assert [name[1] for name in names if name] == ["headline", "notes", "numbers", "needs-you", "hours", "findings", "cards"]


def test_somebody_with_one_permission_sees_one_part(calm: None) -> None:
    account = User.objects.create_user("one", is_staff=True)
    account.user_permissions.add(Permission.objects.get(codename="view_event"))
    client = Client()
    client.force_login(account)
    assert lead(client) == "Events come in as shown below."
    assert "What the lint found" not in page(client)
