"""The handbook page: what is there now, for everybody with a role, and as Markdown that reads as it stands."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from contacts.consent.models import MessageType
from contacts.intake.models import EventType
from contacts.sync.models import FieldMapping
from iterable_admin.screens.markdown import Cell, Section, Table, as_markdown, document, escaped
from journeys.models import Journey
from tests.admin.rows import fill

URL = "/admin/handbook/"
QUERIES = 11


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").render(text))


def cells(markup: str) -> list[str]:
    return [unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td>(.*?)</td>", markup, re.DOTALL)]


def markdown(client: Client) -> str:
    response = client.get(URL)
    assert response.status_code == 200
    text: str = str(response.context["markdown"])
    return text


@pytest.mark.django_db
def test_everybody_with_a_role_reads_it_and_nobody_without(
    campaigns: Client, technical: Client, business: Client, outsider: Client
) -> None:
    for client in (campaigns, technical, business):
        assert client.get(URL).status_code == 200
    assert outsider.get(URL).status_code == 403
    assert Client().get(URL).status_code == 302


@pytest.mark.django_db
def test_the_list_of_journeys_leads_to_it(business: Client) -> None:
    assert f'<a href="{URL}">For the handbook</a>' in business.get("/admin/journeys/journey/").content.decode()


@pytest.mark.django_db
def test_it_lists_the_data_fields_of_each_event_with_their_types(campaigns: Client) -> None:
    text = markdown(campaigns)
    assert "## Custom event: SaaS Trials\n\nA user signed up for a SaaS trial." in text
    assert r"| latest\_trial\_start\_date | date | latest\_trial\_start\_date |" in text
    assert "| companyNamespace | boolean | companyNamespace |" in text
    EventType.objects.filter(name="SaaS Trials").update(forward=False)
    assert "| companyNamespace | boolean | not sent |" in markdown(campaigns)


@pytest.mark.django_db
def test_it_says_which_namespace_keys_are_sent(campaigns: Client) -> None:
    on = r"| GITLAB\_PLAN\_TITLE | namespace\_information.GITLAB\_PLAN\_TITLE | text | ✓ on |"
    assert on in markdown(campaigns)
    assert r"| TRIAL\_TYPE | namespace\_information.TRIAL\_TYPE | whole number | \- off |" in markdown(campaigns)
    FieldMapping.objects.filter(source="namespaces_array.GITLAB_PLAN_TITLE").update(enabled=False)
    assert on.replace("✓ on", r"\- off") in markdown(campaigns)


@pytest.mark.django_db
def test_it_names_message_types_with_their_policy_and_which_must_not_be_used(campaigns: Client) -> None:
    MessageType.objects.filter(name="Marketing Message").update(notes="")
    text = markdown(campaigns)
    assert "| Marketing Channel | GitLab Marketing | opt-in |" in text
    assert "| Marketing Channel | Marketing Message | opt-out | Must not be used. |" in text


@pytest.mark.django_db
def test_it_links_journeys_with_what_starts_them_and_who_owns_them(campaigns: Client) -> None:
    Journey.objects.filter(workflow_id=361081).update(business_owner="Amy", campaigns_owner="Allie", enabled=True)
    link = "https://app.iterable.com/workflows/361081/edit?mode=beta&workflowType=Published"
    row = f"| [SaaS Trial Onboarding + Post]({link}) | enabled | SaaS Trials | not said | Amy, Allie |"
    assert row in markdown(campaigns)
    assert "| Technical owner | TBD (vacant) |" in markdown(campaigns)


@pytest.mark.django_db
def test_the_page_shows_the_same_and_a_button_that_copies_it(campaigns: Client) -> None:
    page = campaigns.get(URL).content.decode()
    assert 'data-copy="#handbook-markdown"' in page
    assert '<textarea id="handbook-markdown"' in page
    assert '<th scope="row">latest_trial_start_date</th><td>date</td>' in page
    assert re.findall(r"<style|style=\"|\son\w+=\"|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", page) == []


@pytest.mark.django_db
def test_it_costs_the_same_whatever_there_is(campaigns: Client) -> None:
    markdown(campaigns)
    with CaptureQueriesContext(connection) as few:
        markdown(campaigns)
    fill(3)
    with CaptureQueriesContext(connection) as many:
        markdown(campaigns)
    assert (len(few), len(many)) == (QUERIES, QUERIES)


def test_a_bar_or_a_new_line_stays_in_its_cell() -> None:
    table = Table(("A", "B"), [("x | y", "one\ntwo"), (Cell("[l](x)", "https://app.iterable.com/a(b) c|d"), "`code` *b* <i>")])
    markup = rendered(as_markdown(table))
    assert cells(markup) == ["x | y", "one two", "[l](x)", "`code` *b* <i>"]
    assert re.findall(r'href="([^"]*)"', markup) == ["https://app.iterable.com/a%28b%29%20c%7Cd"]


def test_an_empty_table_and_an_empty_sentence_say_so() -> None:
    assert document("T", "a", [Section("S", "", [Table(("A",), [])])]) == "# T\n\na\n\n## S\n\nNone.\n"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))
def test_any_words_read_as_they_stand(words: str) -> None:
    once = " ".join(words.split())
    (cell,) = cells(rendered(as_markdown(Table(("A",), [(words,)]))))
    assert cell == once
    paragraph: Any = re.fullmatch(r"<p>(.*)</p>\n", rendered(escaped(words)), re.DOTALL)
    assert unescape(paragraph[1] if paragraph else "") == once
