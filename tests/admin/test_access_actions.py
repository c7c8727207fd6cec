"""Whatever a page offers works for those to whom it is offered, and is refused to all others, who change nothing by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from contacts.sync.pages.run_actions import BY_NAME
from iterable_admin.audit.models import OperatorAction
from iterable_admin.sandbox import RunningSandbox
from tests.admin.offers import ADDED, CHANGED, EXPORTS, LOOKS, OPERATIONS, OUTSIDER, PAGES, ROLES, Offer, who
from tests.admin.paths import every_path
from tests.admin.rows import fill
from tests.admin.test_access_pages import FOR_ACCOUNTS, FOR_EVERYBODY
from tests.conftest import People, signed_in
from tests.emptying import filled

pytestmark = pytest.mark.django_db

VERBS = ("changelist", "add", "change", "delete", "history")
OF_THE_ADMIN = {"index", "app_list", "autocomplete", "jsi18n", "view_on_site", "", "auth_user_password_change"}
REASON = "Because"


@pytest.fixture
def clients(people: People) -> dict[str, Client]:
    accounts = (people.campaigns_owner, people.technical_owner, people.business_owner, people.outsider)
    return dict(zip(ROLES, map(signed_in, accounts), strict=True))


def everything() -> dict[str, list[Any]]:
    """Every row of every table that has some."""
    there = filled()
    models = (model for model in apps.get_models() if model is not Session and model._meta.db_table in there)
    return {model._meta.label: list(model._default_manager.order_by("pk").values_list()) for model in models}


def ways(table: dict[str, Offer], *, allowed: bool) -> list[Any]:
    """A pair of what is offered and a role, for those who may or for those who may not."""
    return [(name, role) for name, offer in table.items() for role in ROLES if (role in offer.roles) == allowed]


def operation(name: str) -> tuple[str, dict[str, Any]]:
    label, action = name.split()
    row = OPERATIONS[name].make()
    data = {"action": action, "index": "0", ACTION_CHECKBOX_NAME: [str(row.pk)], "shown": "1"}
    return reverse(f"admin:{label.replace('.', '_')}_changelist"), data


def page(name: str, table: dict[str, Offer] = PAGES) -> tuple[str, dict[str, Any]]:
    made = table[name].make()
    args = made if isinstance(made, list) else [made.pk]
    route, _, query = name.partition("?")
    route, *words = route.split()
    data = {key: value(made) if callable(value) else value for key, value in (table[name].data or {}).items()}
    return reverse(route, args=[*args, *words]) + (f"?{query}" if query else ""), data


def post(client: Client, asked: tuple[str, dict[str, Any]], **more: str) -> Any:
    return client.post(asked[0], {**asked[1], **more})


def assert_done(answer: Any, role: str) -> None:
    assert answer.status_code in (200, 302)
    form = (answer.context or {}).get("adminform")
    assert form is None or not form.errors
    done = OperatorAction.objects.get()
    assert done.actor_name.startswith(role)
    assert done.actor == answer.wsgi_request.user


def assert_refused(before: dict[str, list[Any]], client: Client, asked: tuple[str, dict[str, Any]], role: str) -> None:
    answer = post(client, asked, reason=REASON)
    # A list that may be seen answers a forged operation by showing itself.
    assert answer.status_code == 403 or (answer.status_code in (200, 302) and "action" in asked[1] and role != OUTSIDER)
    assert everything() == before


@pytest.mark.parametrize(("name", "role"), ways(OPERATIONS, allowed=True))
def test_an_operation_works_for_those_to_whom_it_is_offered(name: str, role: str, clients: dict[str, Client]) -> None:
    asked = operation(name)
    assert f'value="{name.split()[1]}"' in clients[role].get(asked[0]).content.decode()
    assert_asks_first(clients[role], asked)
    assert_done(post(clients[role], asked, reason=REASON), role)
    assert (OperatorAction.objects.get().reason, OperatorAction.objects.get().count) == (REASON, 1)


def assert_asks_first(client: Client, asked: tuple[str, dict[str, Any]]) -> None:
    before = everything()
    assert post(client, asked).status_code == 200
    assert everything() == before


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_refused_to_all_others_and_changes_nothing(name: str, clients: dict[str, Client]) -> None:
    asked = operation(name)
    before = everything()
    for role in sorted(set(ROLES) - OPERATIONS[name].roles):
        assert f'value="{name.split()[1]}"' not in clients[role].get(asked[0]).content.decode()
        assert_refused(before, clients[role], asked, role)


@pytest.mark.parametrize(("name", "role"), ways(PAGES, allowed=True))
def test_a_page_does_what_it_offers(name: str, role: str, clients: dict[str, Client], sandbox: RunningSandbox) -> None:
    asked = page(name)
    if PAGES[name].asked_first:
        assert clients[role].get(asked[0]).status_code == 200
        assert_asks_first(clients[role], asked)
    OperatorAction.objects.all().delete()
    assert_done(post(clients[role], asked, reason=REASON), role)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_refuses_all_others_who_change_nothing(name: str, clients: dict[str, Client], sandbox: RunningSandbox) -> None:
    asked = page(name)
    before = everything()
    for role in sorted(set(ROLES) - PAGES[name].roles):
        assert clients[role].get(asked[0]).status_code in (403, 405)
        assert post(clients[role], asked, reason=REASON).status_code == 403
    assert everything() == before


def test_every_list_is_exported_by_those_who_may_see_it_and_refused_to_all_others(clients: dict[str, Client]) -> None:
    wrong = []
    for name, permission in EXPORTS.items():
        url, may = reverse(f"admin:{name}_csv"), who(permission)
        statuses = {role: clients[role].post(url, {"reason": REASON}).status_code for role in ROLES}
        wrong += [name] if statuses != {role: 200 if role in may else 403 for role in ROLES} else []
    assert wrong == []
    exported = sum(len(who(permission)) for permission in EXPORTS.values())
    assert OperatorAction.objects.filter(verb="export", reason=REASON).count() == OperatorAction.objects.count() == exported


@pytest.mark.parametrize("name", LOOKS)
def test_a_page_that_shows_is_shown_to_its_roles_alone(name: str, clients: dict[str, Client]) -> None:
    url, _ = page(name, LOOKS)
    statuses = {role: clients[role].get(url).status_code for role in ROLES}
    assert {role for role, status in statuses.items() if status != 403} == LOOKS[name].roles


@pytest.mark.parametrize(("label", "role"), ways(ADDED, allowed=True))
def test_a_row_is_added_by_those_who_maintain_it(label: str, role: str, clients: dict[str, Client]) -> None:
    url = reverse(f"admin:{label.replace('.', '_')}_add")
    ADDED[label].make()
    count = manager(label).count()
    posted = {**blank(clients[role].get(url)), **(ADDED[label].data or {}), "reason": REASON}
    assert_done(clients[role].post(url, posted), role)
    assert (manager(label).count(), OperatorAction.objects.get().reason) == (count + 1, REASON)


@pytest.mark.parametrize(("label", "role"), [(label, role) for label, roles in CHANGED.items() for role in sorted(roles)])
def test_a_row_is_changed_by_those_who_maintain_it(label: str, role: str, clients: dict[str, Client]) -> None:
    fill(1)
    OperatorAction.objects.all().delete()
    url = reverse(f"admin:{label.replace('.', '_')}_change", args=[manager(label).order_by("pk").first().pk])
    posted = {**blank(clients[role].get(url)), "reason": REASON}
    changed = next(name for name in ("notes", "why", "level", "description") if name in posted)
    posted[changed] = "warning" if changed == "level" else "Ours"
    assert_done(clients[role].post(url, posted), role)
    assert OperatorAction.objects.get().reason == REASON


@pytest.mark.parametrize("verb", ["add", "change", "delete"])
def test_nothing_else_is_added_changed_or_deleted_by_anybody(verb: str, clients: dict[str, Client]) -> None:
    fill(1)
    before = everything()
    offered = {"add": {label: offer.roles for label, offer in ADDED.items()}, "change": CHANGED, "delete": {}}[verb]
    wrong = [
        f"{role} may {verb} {label}"
        for label, url in forms(verb)
        for role in sorted(set(ROLES) - offered.get(label, set()))
        if clients[role].post(url, {"post": "yes", "reason": REASON}).status_code != 403
    ]
    assert not wrong, f"Name them in ADDED or CHANGED of tests/admin/offers.py, or refuse them: {wrong}"
    assert everything() == before


def forms(verb: str) -> Iterator[tuple[str, str]]:
    for model in admin.site._registry:
        row = model._default_manager.order_by("pk").first()
        args = [] if verb == "add" else [row.pk if row else 1]
        yield model._meta.label_lower, reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{verb}", args=args)


def manager(label: str) -> Any:
    return apps.get_model(label)._default_manager


def blank(answer: Any) -> dict[str, Any]:
    """What a browser would post of the form as it stands."""
    sets = [inline.formset for inline in answer.context["inline_admin_formsets"]]
    each = [answer.context["adminform"].form, *(part for found in sets for part in (found.management_form, *found.forms))]
    values = {bound.html_name: bound.value() for form in each for bound in form}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def test_every_operation_of_a_list_is_in_the_table(superuser: Client) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.get(username="root")
    offered = {
        f"{model._meta.label_lower} {name}"
        for model, of_model in admin.site._registry.items()
        for name in of_model.get_actions(request)
        if name != "delete_selected"
    }
    missing = sorted(offered - OPERATIONS.keys())
    assert not missing, f"Add to OPERATIONS in tests/admin/offers.py, with who may and a row that it fits: {missing}"
    assert sorted(OPERATIONS.keys() - offered) == [], "These are offered no longer: take them out of tests/admin/offers.py."


def test_every_page_of_our_own_is_in_the_table() -> None:
    models: list[type[Model]] = list(admin.site._registry)
    stock = {f"admin:{model._meta.app_label}_{model._meta.model_name}_{verb}" for model in models for verb in VERBS}
    stock |= {f"admin:{name}" for name in OF_THE_ADMIN} | FOR_ACCOUNTS | FOR_EVERYBODY.keys()
    stock |= {f"admin:{name}_csv" for name in EXPORTS}
    own = {path.name for path in every_path() if not path.path.startswith("/api/")} - stock
    named = {name.partition("?")[0].split()[0] for name in (*PAGES, *LOOKS)}
    missing = sorted(own - named)
    assert not missing, f"Add to PAGES (does something when posted) or LOOKS (only shows) in tests/admin/offers.py: {missing}"
    assert sorted(named - own) == [], "These pages are gone: take them out of tests/admin/offers.py."


def test_everything_that_can_be_done_to_a_run_is_in_the_table() -> None:
    assert {name.split()[1] for name in PAGES if name.startswith("admin:sync_syncrun_do ")} == BY_NAME.keys()
