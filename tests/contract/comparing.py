"""What the client says and reads, set beside what the model has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from iterable_admin.iterable import errors
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.outcomes import BulkResult
from iterable_admin.iterable.reads import User
from tests.contract import model
from tests.contract.drawing import EMAILS, LISTS, MALFORMED, USER_IDS
from tests.contract.model import Fields, Who

UNIQUE = {"email": ["email"], "userid": ["userId"], "hybrid": ["email", "userId"]}
MANAGED = {"email", "userId", "profileUpdatedAt", "signupDate", "signupSource"}
ON_THE_WIRE = {
    "unsubscribed_channels": "unsubscribedChannelIds",
    "unsubscribed_types": "unsubscribedMessageTypeIds",
    "subscribed_types": "subscribedMessageTypeIds",
}


def known_as(who: Who) -> dict[str, Any]:
    return {"email" if who[0] == "email" else "user_id": who[1]}


def word_of(error: errors.IterableError) -> str:
    """The outcome that a bulk call would give such a row."""
    if isinstance(error, errors.WrongTypes):
        return "wrong_type"
    words = {"ForgottenUserError": "forgotten", "InvalidEmailAddressError": "invalid", "UnknownUserIdError": "not_found"}
    return words.get(error.code, "conflict" if isinstance(error, errors.Conflicted) else "refused")


def said(act: Callable[[], object]) -> object:
    """What came of it: a list of words, or one for all of it."""
    try:
        found = act()
    except model.Refusal as refusal:
        return refusal.word
    except errors.Refused as error:
        return word_of(error)
    if isinstance(found, BulkResult):
        return [row.outcome.value for row in found.rows]
    return found if isinstance(found, list) else "delivered"


class Comparison:
    """Reads through the client; fails where the model has something else."""

    def __init__(self, client: IterableClient, project: model.Project) -> None:
        self.client, self.project = client, project
        self.kind = project.kind

    def everything(self) -> None:
        for who in [*(("email", email) for email in EMAILS), *(("userId", user_id) for user_id in USER_IDS)]:
            self.compare(who)
        for number in LISTS:
            members = [one for one in self.project.people if one.arrays and number in one.arrays["lists"]]
            assert self.client.lists.size(number) == len(members)
        told = {"email": self.client.users.forgotten, "userId": self.client.users.forgotten_user_ids}
        for by in UNIQUE[self.kind]:
            assert set(told[by]()) == self.project.hashes(by)
        held = {name: kind for name, kind in self.client.users.fields().items() if name not in MANAGED}
        assert {name: held.get(name) for name in self.project.types.known} == self.project.types.known

    def compare(self, who: Who) -> None:
        if who[1] in MALFORMED or (self.kind == "userid" and who[0] == "email"):
            return
        ours, held = self.project.find(who), self.read(who)
        assert (held is None) is (ours is None)
        if ours is None or held is None:
            return
        assert (held.email if ours.email != model.INVENTED else ours.email, held.user_id) == (ours.email, ours.user_id)
        lists = "emailListIds" if self.kind == "email" else "userListIds"
        names = ON_THE_WIRE | {"lists": lists}
        arrays = {name: set(held.data_fields[wire]) for name, wire in names.items() if wire in held.data_fields}
        assert arrays == (ours.arrays or {})
        own = {name: value for name, value in held.data_fields.items() if name not in MANAGED | set(names.values())}
        assert own == self.project.types.read_back(ours.fields, "")
        assert self.events_of(who) == {
            identifier: (name, datetime.fromtimestamp(at, UTC), self.project.event_types[name].read_back(values, ""))
            for identifier, (name, at, values) in ours.events.items()
        }

    def read(self, who: Who) -> User | None:
        way = self.client.users.by_email if who[0] == "email" else self.client.users.by_user_id
        return way(who[1])[0]

    def events_of(self, who: Who) -> dict[str, tuple[str, datetime | None, Fields]]:
        way = self.client.events.by_email if who[0] == "email" else self.client.events.by_user_id
        return {
            event.body["id"]: (event.event_name, event.created_at, event.data_fields)
            for event in way(who[1])[0]
            if event.event_type == "customEvent"
        }
