from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.conftest import People


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def campaigns(people: People) -> Client:
    return signed_in(people.campaigns_owner)


@pytest.fixture
def technical(people: People) -> Client:
    return signed_in(people.technical_owner)


@pytest.fixture
def business(people: People) -> Client:
    return signed_in(people.business_owner)


@pytest.fixture
def outsider(people: People) -> Client:
    return signed_in(people.outsider)


@pytest.fixture
def superuser(db: None) -> Client:
    return signed_in(User.objects.create_superuser("root"))
