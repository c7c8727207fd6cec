"""Stories of acts and trouble in any order, told to the real pipes with a sandbox behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import requests
from django.core.management import call_command
from hypothesis.extra.django import TransactionTestCase

from contacts.consent.learning import learn_ids
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.tokens import create_token
from iterable_admin.sandbox import RunningSandbox
from tests.conftest import JsonClient
from tests.outbox.iterable import faults


class Telling(TransactionTestCase):
    """Each act is a method of that name: `_die_sending(number, detail)` for ("die sending", detail)."""

    sandbox: RunningSandbox
    api: JsonClient

    @pytest.fixture(autouse=True)
    def _iterable(self, sandbox: RunningSandbox, settings: Any) -> None:
        settings.DELIVERY_MAX_ATTEMPTS = 60
        settings.EVENT_MAX_ATTEMPTS = 60
        self.sandbox = sandbox

    def tell(self, story: Sequence[tuple[str, Any]]) -> None:
        """From an empty Iterable to rest, looking after each act whether anybody became mailable."""
        self._begin()
        for number, (act, detail) in enumerate(story):
            getattr(self, "_" + act.replace(" ", "_"))(number, detail)
            self._check_no_new_opening()
        self._finish()
        self._check_no_new_opening()

    def _begin(self) -> None:
        requests.post(f"{self.sandbox.url}/sandbox/reset", timeout=5).raise_for_status()
        faults(self.sandbox, fail_next=[])
        call_command("seed", verbosity=0)
        learn_ids()
        source = Source.objects.create(name="any", scopes=[scope.value for scope in Source.Scope])
        self.api = JsonClient()
        self.api.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(source)}")

    def _finish(self) -> None:
        raise NotImplementedError

    def _check_no_new_opening(self) -> None:
        raise NotImplementedError
