"""`python -m tests.scale.pages [CONTACTS]`: every list, searches, pages of one thing and the dashboard, over a full database.

Three times as many events as contacts, five times as many deliveries. Asked of two gunicorn workers, one page after the other,
as the technical owner; each page with other people and rows each time. Prints the lines of docs/performance.md.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import requests

from tests.scale.crowd import populate
from tests.scale.yard import Yard, yard

TIMES, WARM = 40, 3
AIM = 300
USER = "technical"


@dataclass(frozen=True)
class Page:
    name: str
    path: Callable[[int], str]


def main(contacts: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory(prefix="scale-pages-") as name, yard(Path(name)) as field:
        field.manage("migrate")
        field.manage("seed")
        os.environ.update(field.environment, DJANGO_SETTINGS_MODULE="iterable_admin.settings")
        import django

        django.setup()
        from django.conf import settings

        began = time.monotonic()
        populate(os.environ["DATABASE_URL"], settings.ADDRESS_KEY, contacts)
        print(f"{contacts:,} contacts with all that is theirs in {time.monotonic() - began:.0f} s", flush=True)
        measure(field, contacts)


def measure(field: Yard, contacts: int) -> None:
    session = requests.Session()
    session.cookies.set("sessionid", log_in(), domain="127.0.0.1")
    url = field.serve("web", "iterable_admin.wsgi")
    for page in pages(contacts):
        taken = [ask(session, f"{url}{page.path(number)}") for number in range(WARM + TIMES)][WARM:]
        half, most = quantiles(taken, n=20)[9], quantiles(taken, n=20)[18]
        print(f"| {page.name} | {half:.0f} ms | {most:.0f} ms |{' **over**' if most > AIM else ''}", flush=True)


def ask(session: requests.Session, url: str) -> float:
    """Milliseconds, until the last byte."""
    began = time.monotonic()
    answer = session.get(url, timeout=120)
    if answer.status_code != 200 or "/login/" in answer.url:
        raise SystemExit(f"{url} answered {answer.status_code} from {answer.url}")
    return (time.monotonic() - began) * 1_000


def log_in() -> str:
    from django.contrib.auth.models import Group, User
    from django.test import Client

    user = User.objects.create_user(USER, is_staff=True)
    user.groups.add(Group.objects.get(name="Technical owner"))
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


def pages(contacts: int) -> Iterator[Page]:
    yield Page("dashboard", lambda number: "/admin/")
    yield from lists()
    yield from searches(contacts)
    yield from single_pages(contacts)


def lists() -> Iterator[Page]:
    """Whatever the owner may list, and the further pages of the largest."""
    from django.contrib import admin
    from django.contrib.auth.models import User
    from django.test import RequestFactory

    request: Any = RequestFactory().get("/admin/")
    request.user = User.objects.get(username=USER)
    for model, model_admin in admin.site._registry.items():
        if model_admin.has_view_permission(request):
            path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            yield Page(f"list of {model._meta.verbose_name_plural}", lambda number, path=path: path)  # type: ignore[misc]
    for kind in ("contacts/contact", "inbox/event", "outbox/delivery"):
        yield Page(f"{kind}, a further page", lambda number, kind=kind: f"/admin/{kind}/?p={number * 40 + 2}")  # type: ignore[misc]
    for kind in ("inbox/event", "outbox/delivery"):
        yield Page(f"{kind} that need somebody", lambda number, kind=kind: f"/admin/{kind}/?attention=you")  # type: ignore[misc]
    yield Page(
        "deliveries of one kind in one state", lambda number: "/admin/outbox/delivery/?operation=track&state__exact=skipped"
    )


def searches(contacts: int) -> Iterator[Page]:
    for kind in ("contacts/contact", "inbox/event", "outbox/delivery", "sync/syncrow"):
        exact, prefix = f"/admin/{kind}/?q=person{{}}@example.com", f"/admin/{kind}/?q=person{{}}"
        yield Page(f"{kind}: an address", lambda number, text=exact: text.format(someone(number, contacts)))  # type: ignore[misc]
        yield Page(f"{kind}: its beginning", lambda number, text=prefix: text.format(someone(number, contacts) // 100))  # type: ignore[misc]
    for kind in ("inbox/event", "outbox/delivery", "contacts/namespace"):
        text = f"/admin/{kind}/?q={{}}"
        yield Page(f"{kind}: an id", lambda number, text=text: text.format(someone(number, contacts)))  # type: ignore[misc]


def single_pages(contacts: int) -> Iterator[Page]:
    for kind in ("contacts/contact", "contacts/namespace", "inbox/event", "outbox/delivery", "sync/syncrow"):
        text = f"/admin/{kind}/{{}}/change/"
        yield Page(f"page of one: {kind}", lambda number, text=text: text.format(someone(number, contacts // 2)))  # type: ignore[misc]
    yield Page("page of one: sync/syncrun", lambda number: f"/admin/sync/syncrun/{number % 60 + 1}/change/")


def someone(number: int, of: int) -> int:
    """Spread over all of them, the same in every run."""
    return (number * 7_919 + 1) * 104_729 % of + 1


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
