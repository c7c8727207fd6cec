from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contacts.consent.models import Erasure
from iterable_admin.audit.models import OperatorAction
from iterable_admin.outbox.models import Delivery
from tests.consent.erasing.conftest import ZEB
from tests.factories import ContactFactory, EventFactory

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("forget", *arguments, stdout=out, **options)
    return out.getvalue()


def test_a_dry_run_shows_the_counts_and_writes_nothing() -> None:
    ContactFactory.create(email=ZEB)
    EventFactory.create(email=ZEB)
    said = run(ZEB, "--reason", "Asked", "--dry-run")
    assert "1  contacts" in said
    assert "1  events" in said
    assert ZEB not in said
    assert (Erasure.objects.count(), Delivery.objects.count(), OperatorAction.objects.count()) == (0, 0, 0)


def test_it_is_done_without_asking_where_somebody_said_yes() -> None:
    ContactFactory.create(email=ZEB)
    run(ZEB, "--reason", f"{ZEB} asked", "--yes")
    assert Delivery.objects.get().operation == "forget"
    action = OperatorAction.objects.get()
    assert (action.verb, action.reason, action.result) == ("forget", "z…@e….com asked", "Blanked: 1 contacts.")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_at_a_terminal_anything_but_yes_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    monkeypatch.setattr("builtins.input", lambda asked: "no")
    with pytest.raises(CommandError, match="Nothing was done"):
        run(ZEB)
    assert (Erasure.objects.count(), Delivery.objects.count()) == (0, 0)


def test_a_script_is_taken_at_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    run(ZEB)
    assert Erasure.objects.get().reason == "Asked to be forgotten"
    assert Delivery.objects.get().operation == "forget"


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(CommandError, match="not an email address"):
        run("zebulon", "--reason", "Asked", "--yes")
    assert Erasure.objects.count() == 0
