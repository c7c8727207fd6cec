"""The world outside: what GitLab's systems post to our REST API, what people and others do in Iterable, and time that passes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests

from contacts.consent.looking import look_again
from contacts.consent.models import List
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process_all
from iterable_admin.outbox.draining import drain as drain_outbox
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.conftest import JsonClient
from tests.consent.conftest import make_due
from tests.outbox.iterable import KEY
from tests.sandbox.receiver import poll

# Nothing here takes more turns than a few; one that does not come to rest is in a loop.
MOST_TURNS = 20


@dataclass(frozen=True)
class World:
    api: JsonClient
    iterable: RunningSandbox

    def post(self, path: str, body: Any) -> Event:
        """To our own REST API, which accepts it."""
        answer = self.api.post(f"/api/v1/{path}", body)
        assert answer.status_code == 202, answer.content
        return Event.objects.get(uuid=answer.json()["id"])

    def trial(self, email: str, **fields: Any) -> Event:
        return self.post("events/saas-trial/", {"email": email, "firstName": "Pat", **fields})

    def marketo(self, email: str, *, unsubscribed: bool = True, **fields: Any) -> Event:
        return self.post("webhooks/marketo/unsubscribe/", {"email": email, "unsubscribed": unsubscribed, **fields})

    def happen(self, name: str, email: str, **told: Any) -> None:
        """Something a person, or their mail server, does: Iterable notes it and posts its webhook."""
        self._call("POST", "/sandbox/webhooks", {"eventName": name, "email": email, **told})

    def others_call(self, path: str, body: Any) -> None:
        """Another system, with a key of its own, writes to Iterable."""
        self._call("POST", f"/api/{path}", body)

    def on_iterables_screen(self, what: str, body: Any) -> None:
        """What a colleague changes by hand: a template's message type, a list that holds for everything."""
        self._call("POST", f"/sandbox/{what}", body)

    def retention_deletes(self, email: str) -> None:
        self._call("DELETE", f"/api/users/{email}", None)

    def profile(self, email: str) -> dict[str, Any]:
        answer = requests.get(f"{self.iterable.url}/api/users/getByEmail", {"email": email}, headers=KEY, timeout=5)
        return dict(answer.json().get("user", {}).get("dataFields", {}))

    def _call(self, method: str, path: str, body: Any) -> None:
        answer = requests.request(method, f"{self.iterable.url}{path}", json=body, headers=KEY, timeout=5)
        assert answer.status_code in (200, 202), answer.content

    def come_to_rest(self) -> None:
        """Until Iterable has told everything, and our workers and their sweeps have nothing left to do."""
        for _ in range(MOST_TURNS):
            self.told_everything()
            make_due()
            # In turns: what our own opt-out comes back as is read before the rest of its person goes on.
            moved = process_all() + drain_outbox(linger=timedelta(0)) + look_again()
            if not moved and not Delivery.objects.open().exists() and not self._postings_wait():
                return
        raise AssertionError("The world does not come to rest.")

    def read_inbox(self) -> None:
        """Without anything leaving yet."""
        process_all()

    def told_everything(self) -> None:
        """Webhooks are posted in the background: those that happened so far have arrived."""
        poll(lambda: not self._postings_wait())
        assert {posting["outcome"] for posting in self._postings()} <= {"delivered"}

    def _postings_wait(self) -> bool:
        return any(posting["outcome"] == "waiting" for posting in self._postings())

    def _postings(self) -> list[dict[str, Any]]:
        return list(requests.get(f"{self.iterable.url}/sandbox/webhooks.json?limit=1000", timeout=5).json()["postings"])

    def global_list(self) -> int:
        """As the mirror knows it."""
        return List.objects.get(global_suppression=True).iterable_id
