"""The answers to a look-up by userId, and what makes an answer no answer."""

from __future__ import annotations

import pytest

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import IterableError, NotThere, Refused, Unauthorised
from tests.iterable.conftest import Canned

PAGE = "<html><title>400 Bad Request</title></html>"


@pytest.mark.parametrize("in_path", [True, False])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {}),
        (200, {"user": None}),
        (400, "User with userId U1 does not exist"),
        (400, {"msg": "", "code": "error.users.noUserWithIdExists", "params": None}),
        (400, {"msg": "error.users.noUserWithIdExists: U1", "code": "BadParams", "params": None}),
        (404, {"error": "not found", "message": "", "code": "NotFound", "data": None}),
    ],
)
def test_an_unknown_userid_is_none_however_it_is_said(
    client: IterableClient, canned: Canned, status: int, body: object, in_path: bool
) -> None:
    canned.answer(status, body)
    user, call = client.users.by_user_id("U1", in_path=in_path)
    assert (user, call.status) == (None, status)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, PAGE, Refused),
        (400, "", Refused),
        (400, {"msg": "x" * 3000, "code": "BadParams", "params": None}, Refused),
        (400, {"msg": "x" * 3000}, Refused),
        (401, {"msg": "Disabled API key", "code": "Success", "params": None}, Unauthorised),
        (404, PAGE, NotThere),
    ],
)
def test_another_refusal_is_never_read_as_absent(
    client: IterableClient, canned: Canned, status: int, body: object, error: type[IterableError]
) -> None:
    canned.answer(status, body)
    with pytest.raises(error):
        client.users.by_user_id("U1")


def test_a_plain_text_refusal_of_an_email_is_not_read_as_absent(client: IterableClient, canned: Canned) -> None:
    canned.answer(400, "Invalid email")
    with pytest.raises(Refused):
        client.users.by_email("a@example.com")


def test_a_person_known_by_userid_alone_has_no_email(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"user": {"dataFields": {"userId": "U1", "plan": "gold"}}})
    user, _ = client.users.by_user_id("U1")
    assert user is not None
    assert (user.email, user.user_id, user.data_fields["plan"]) == (None, "U1", "gold")
