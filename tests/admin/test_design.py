"""What stands around every page: which installation it is, whether anything leaves, the way by task, and times."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iterable_admin.audit.pills import moment, moment_text
from iterable_admin.outbox.models import SendingSwitch
from tests.admin.rows import fill, make_event
from tests.admin.test_lists import QUERIES, first_pk, url

pytestmark = pytest.mark.django_db


def page(client: Client, path: str = "/admin/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def words(source: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", source)).split())


def tasks(client: Client) -> dict[str, list[str]]:
    apps = client.get("/admin/").context["available_apps"]
    return {app["name"]: [str(row["name"]).lower() for row in app["first"]] for app in apps}


def test_the_first_glance_is_what_each_task_needs_most(technical: Client, superuser: Client) -> None:
    operate = ["dashboard", "events", "deliveries", "sync runs", "lint"]
    assert tasks(technical) == {
        "Browse": ["journeys", "contacts", "namespaces", "message types"],
        "Operate": operate,
        "Set up": ["sources", "event types", "definitions", "dris"],
    }
    assert tasks(superuser)["Set up"] == ["sources", "event types", "definitions", "dris", "users"]


def test_a_campaigns_owner_sees_the_pages_of_their_own_work_alone(campaigns: Client) -> None:
    assert tasks(campaigns) == {
        "Browse": ["journeys", "contacts", "namespaces", "message types"],
        "Operate": ["dashboard", "events", "lint"],
        "Set up": ["event types"],
    }


def test_the_rest_folds_away_and_opens_where_one_is(technical: Client) -> None:
    assert "<details><summary>More" in page(technical)
    assert "<details open><summary>More" not in page(technical)
    inside = page(technical, url("outbox_attempt"))
    assert inside.count("<details open><summary>More") == 1


@pytest.mark.parametrize("path", ["/admin/", "/admin/inbox/event/", "/admin/outbox/attempt/"])
def test_one_page_is_marked_as_the_current_one(technical: Client, path: str) -> None:
    marked = re.findall(r'<a href="([^"]+)" aria-current="page"', page(technical, path))
    assert marked == [path]


def test_the_page_of_a_row_marks_its_list(technical: Client) -> None:
    event = make_event(1)
    marked = re.findall(r'<a href="([^"]+)" aria-current="page"', page(technical, url("inbox_event", "change", event.pk)))
    assert marked == ["/admin/inbox/event/"]


def test_every_page_of_the_navigation_leads_somewhere(superuser: Client) -> None:
    links = re.findall(r'<li><a href="([^"]+)"', page(superuser).split('id="navigation"')[1].split("</nav>")[0])
    assert {link: superuser.get(link).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize(
    ("name", "word", "tone"),
    [
        ("production", "Production", "production"),
        ("staging", "Staging", "staging"),
        ("demo", "Demo", "demo"),
        ("elsewhere", "Elsewhere", "staging"),
    ],
)
def test_the_installation_is_named_in_a_word_and_a_tone(
    technical: Client, settings: Any, name: str, word: str, tone: str
) -> None:
    settings.ENVIRONMENT = name
    source = page(technical)
    assert re.findall(r'<strong class="environment environment-(\w+)"[^>]*>(\w+)<', source) == [(tone, word)]
    assert f"on-{tone}" in source


def test_the_installation_is_named_before_somebody_logs_in(settings: Any) -> None:
    settings.ENVIRONMENT = "production"
    source = page(Client(), reverse("admin:login"))
    assert ">Production</strong>" in source
    assert "Sending:" not in source


def test_the_header_says_whether_anything_leaves(technical: Client, settings: Any) -> None:
    settings.SENDING = "live"
    assert "✓ Sending: live" in words(page(technical))
    SendingSwitch.objects.update_or_create(pk=1, defaults={"mode": "paused"})
    assert "‖ Sending: paused" in words(page(technical))
    SendingSwitch.objects.update(halted_at=timezone.now())
    assert "! Sending: halted" in words(page(technical))


def test_the_environments_stricter_word_is_the_one_that_is_shown(technical: Client, settings: Any) -> None:
    settings.SENDING = "observe"
    assert "‖ Sending: observing" in words(page(technical))


def test_the_switch_is_linked_for_those_who_may_look_at_it(technical: Client, campaigns: Client, outsider: Client) -> None:
    link = f'href="{url("outbox_sendingswitch")}"><span aria-hidden="true">'
    assert link in page(technical)
    assert link not in page(campaigns)
    assert "Sending:" in page(campaigns)
    assert b"Sending:" not in outsider.get("/admin/").content


def test_every_list_and_row_has_one_heading_and_a_title_of_its_own(technical: Client) -> None:
    fill(2)
    for model in admin.site._registry:
        if (kind := f"{model._meta.app_label}_{model._meta.model_name}") in QUERIES:
            keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True)[:2])
            sources = [page(technical, url(kind)), *(page(technical, url(kind, "change", key)) for key in keys)]
            assert [source.count("<h1") for source in sources] == [1] * len(sources), kind
            titles = [re.findall(r"<title>(.*?)</title>", source, re.DOTALL)[0].strip() for source in sources]
            assert len(set(titles)) == len(titles), titles


def test_a_rows_heading_names_the_row_and_what_it_is(technical: Client) -> None:
    event = make_event(1)
    source = page(technical, url("inbox_event", "change", event.pk))
    assert words(re.findall(r"<h1>.*?</h1>", source, re.DOTALL)[0]) == f"Event {event.pk} {event}"


def test_a_list_that_holds_nothing_says_how_that_changes(technical: Client) -> None:
    told = words(page(technical, url("inbox_event")))
    assert "No events yet. Events come from a source: make a token under Sources, and let the source call." in told


def test_a_list_without_a_match_offers_to_clear_what_narrowed_it(technical: Client) -> None:
    fill(1)
    searched = page(technical, url("inbox_event") + "?q=nobody@example.com")
    assert "No event fits what you look for." in words(searched)
    assert '<a class="button" href="?">Clear the search</a>' in searched
    filtered = page(technical, url("inbox_event") + "?state__exact=done")
    assert '<a class="button" href="?">Clear the filters</a>' in filtered


def test_filters_stand_folded_above_the_list_and_open_where_one_is_active(technical: Client) -> None:
    fill(1)
    folded = page(technical, url("inbox_event"))
    assert folded.index('id="changelist-filter"') < folded.index('id="result_list"')
    assert re.findall(r'id="changelist-filter"( open)?>', folded) == [""]
    narrowed = page(technical, url("inbox_event") + "?state__exact=needs_you")
    assert re.findall(r'id="changelist-filter"( open)?>', narrowed) == [" open"]
    assert "Filters: state: needs you" in words(narrowed)


def test_numbers_that_count_are_grouped_and_ids_are_not(technical: Client) -> None:
    from tests.factories import SyncRunFactory

    SyncRunFactory.create(pk=123456, read=1234567)
    source = page(technical, url("sync_syncrun"))
    assert '<span class="figure">1,234,567</span>' in source
    assert ">123456</a>" in source


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=3, seconds=10), "3 minutes ago"),
        (timedelta(hours=25), "1 day ago"),
        (timedelta(days=-3, minutes=-1), "in 3 days"),
    ],
)
def test_a_time_says_how_long_ago_and_when_exactly(passed: timedelta, told: str) -> None:
    when = timezone.now() - passed
    shown = re.fullmatch(r'<time datetime="(.+?)" title="(.+?)" class="moment"( data-past)?>(.+?)</time>', str(moment(when)))
    assert shown
    assert (shown[1], shown[2]) == (when.isoformat(), moment_text(when))
    assert shown[4].replace("\xa0", " ") == told
    assert bool(shown[3]) is told.endswith(("ago", "now"))


def test_the_absolute_time_names_its_zone(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    from datetime import UTC, datetime

    assert moment_text(datetime(2026, 11, 22, 17, 1, 47, tzinfo=UTC)) == "2026-11-22 18:01:47 CET"


def test_a_mappings_table_names_each_of_its_fields_for_those_who_hear_it(superuser: Client) -> None:
    fill(1)
    source = page(superuser, url("sync_syncdefinition", "change", first_pk("sync_syncdefinition")))
    fields = re.findall(r"<(?:input|select|textarea)[^>]*name=\"mappings-\d+-[^\"]*\"[^>]*>", source)
    assert [field for field in fields if "hidden" not in field and "aria-label" not in field] == []
