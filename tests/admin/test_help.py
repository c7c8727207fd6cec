"""docs/ inside the product: every page of it can be read, its links lead somewhere, and every page leads to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from iterable_admin.screens.help.rendering import docs, read
from iterable_admin.screens.help.topics import OF_MODELS, OF_VIEWS, topic
from tests.admin.rows import make_delivery

pytestmark = pytest.mark.django_db


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", docs())
def test_every_page_of_docs_is_readable_with_one_heading_and_links_that_lead_somewhere(campaigns: Client, name: str) -> None:
    source = page(campaigns, f"/admin/help/{name}/")
    assert source.count("<h1") == 1
    main = source.split('id="content-main"')[1]
    assert "<img" not in main
    links = [link for link in re.findall(r'href="([^"]+)"', main) if not link.startswith("http")]
    assert [link for link in links if not leads_somewhere(campaigns, link, source)] == []


def leads_somewhere(client: Client, link: str, source: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page(client, path) if path else source
    return not anchor or f'id="{anchor}"' in target


def test_the_list_of_help_names_every_page(campaigns: Client) -> None:
    source = page(campaigns, "/admin/help/")
    assert [name for name in docs() if f'href="/admin/help/{name}/"' not in source] == []


@pytest.mark.parametrize("known", sorted({*OF_MODELS.values(), *OF_VIEWS.values()}))
def test_every_topic_is_a_section_that_ships(known: str) -> None:
    name, _, section = known.partition("#")
    doc = read(name)
    assert not section or f'id="{section}"' in doc.html


def test_every_model_that_somebody_may_see_has_a_topic() -> None:
    plumbing = {"schedule", "success", "failure", "ormq", "wakeup"}
    models = {model._meta.model_name for model in admin.site._registry}
    assert models - plumbing - OF_MODELS.keys() == set()


def test_every_page_named_is_a_page() -> None:
    for view in OF_VIEWS:
        assert any(exists(f"{space}{view}") for space in ("admin:", "")), view


def exists(view: str) -> bool:
    for arguments in ([], [1], [1, 1]):
        try:
            return bool(reverse(view, args=arguments))
        except NoReverseMatch:
            continue
    return False


def test_a_page_links_to_the_section_about_it(technical: Client) -> None:
    delivery = make_delivery(1)
    about = 'class="help-link" href="/admin/help/iterable/#every-row-has-an-outcome"'
    assert about in page(technical, reverse("admin:outbox_delivery_change", args=[delivery.pk]))
    assert about in page(technical, reverse("admin:outbox_delivery_changelist"))
    assert 'class="help-link" href="/admin/help/lint/#the-withdrawal-clock"' in page(
        technical, reverse("admin:consent_subscriptionchange_clock")
    )


def test_a_page_that_no_section_is_about_leads_to_the_list() -> None:
    assert topic("", "password_change") == "/admin/help/"


@pytest.mark.parametrize("name", ["nothing", "..%2fREADME", "README", "operations.md"])
def test_what_is_no_page_of_docs_is_not_found(technical: Client, name: str) -> None:
    assert technical.get(f"/admin/help/{name}/").status_code == 404


def test_help_needs_an_account_with_a_role(outsider: Client) -> None:
    for path in ("/admin/help/", "/admin/help/sync/"):
        assert outsider.get(path).status_code == 403
        assert Client().get(path).headers["Location"].startswith("/admin/login/")


def test_a_page_of_docs_brings_no_html_no_picture_and_no_script_of_its_own(
    technical: Client, settings: Any, tmp_path: Path
) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    links = "[a](javascript:x) [b](../README.md) [c](odd.md#s) [d](https://e.com)"
    text = f"# A title\n<script>x</script> ![a picture](https://e.com/x.png) {links}\n\n## S\n"
    (tmp_path / "docs" / "odd.md").write_text(text)
    main = page(technical, "/admin/help/odd/").split('id="content-main"')[1]
    assert "<script>x" not in main
    assert "<img" not in main
    assert re.findall(r"<a [^>]*>", main.split("</div>")[0]) == [
        '<a href="/admin/help/odd/#s">',
        '<a href="https://e.com" rel="noreferrer">',
    ]
