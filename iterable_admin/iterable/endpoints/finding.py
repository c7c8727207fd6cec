"""A person whom Iterable does not have is None, in whichever of its ways it says so."""

from __future__ import annotations

from collections.abc import Callable

from iterable_admin.iterable.answers import Answer
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.whole_lists import unexpected
from iterable_admin.iterable.envelope import is_html
from iterable_admin.iterable.errors import NotThere, Refused
from iterable_admin.iterable.reads import User

UNKNOWN_PERSON_CODES = {"UnknownEmailError", "UnknownUserIdError", "error.users.noUserWithIdExists"}


def found_or_none(ask: Callable[[], Answer]) -> tuple[User | None, Call]:
    try:
        answer = ask()
    except (NotThere, Refused) as error:
        if _says_unknown_person(error):
            return None, error.call
        raise
    return _user_in(answer), answer.call


def _says_unknown_person(error: NotThere | Refused) -> bool:
    said = error.call.excerpt.strip()
    if error.code in UNKNOWN_PERSON_CODES or any(code in said for code in UNKNOWN_PERSON_CODES):
        return True
    if is_html(said):
        # A page comes from another server: taken for an answer, it would make everybody absent.
        return False
    return isinstance(error, NotThere) or _is_plain_text_about_a_user_id(error, said)


def _is_plain_text_about_a_user_id(error: Refused, said: str) -> bool:
    # byUserId was recorded answering 400 and a text; a 400 in JSON tells what else is wrong.
    by_user_id = "/byUserId" in error.call.endpoint and error.call.status == 400
    return by_user_id and not error.code and said != "" and not said.startswith("{")


def _user_in(answer: Answer) -> User | None:
    body = answer.json()
    if isinstance(body.get("user"), dict) and body["user"]:
        return User.parse(body["user"])
    if body.get("code", "") in {"", *UNKNOWN_PERSON_CODES}:
        return None
    raise unexpected(answer, "user")
