"""Every choice of every filter beside a list leads to a page, and whatever else stands in an address to no error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def choices() -> Iterator[tuple[str, str]]:
    """Of the filters that are written by hand: a list, and the query of a choice."""
    request = RequestFactory().get("/")
    request.user = User(is_active=True, is_superuser=True)
    for model, page in admin.site._registry.items():
        for made in page.get_list_filter(request):
            if isinstance(made, type) and issubclass(made, admin.SimpleListFilter):
                for value, _ in made(request, {}, model, page).lookup_choices:
                    yield list_of(model), f"{made.parameter_name}={value}"


def test_each_choice_of_a_filter_shows_a_list(root: Client) -> None:
    found = list(choices())
    answers = {f"{address}?{query}": root.get(f"{address}?{query}").status_code for address, query in found}

    assert len(found) > 20
    assert {address: status for address, status in answers.items() if status != 200} == {}


@pytest.mark.parametrize("there", ["?state__exact=%00", "?q=a%00b", "%00/change/", "%00/"])
def test_an_address_with_a_nul_character_is_not_found(root: Client, there: str) -> None:
    assert root.get(f"{reverse('admin:inbox_event_changelist')}{there}").status_code == 404
