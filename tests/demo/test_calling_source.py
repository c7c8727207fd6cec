"""A demo starts again whatever was done to its source since, and undoes none of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from iterable_admin.demo.calling_source import NAME, SCOPES, demo_token
from iterable_admin.demo.environment import Folder
from iterable_admin.inbox.models import Source, SourceToken
from iterable_admin.inbox.source_secrets import create_secret
from iterable_admin.inbox.tokens import create_token, find_source, revoke_token

pytestmark = pytest.mark.django_db
REPLACED = "the one that this demo kept is gone, revoked or refused."


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def before(folder: Folder, said: list[str]) -> str:
    """The token of the demo before."""
    return demo_token(folder, said.append)


def lets_in(token: str) -> str:
    source = find_source(token)
    assert source is not None
    assert (source.scopes, signs(token)) == (SCOPES, False)
    return source.name


def signs(token: str) -> bool:
    return bool(getattr(find_source(token), "signs", False))


def test_a_demo_that_nobody_touched_keeps_its_token(folder: Folder, said: list[str], before: str) -> None:
    assert demo_token(folder, said.append) == before
    assert (lets_in(before), said, SourceToken.objects.count()) == (NAME, [], 1)


@pytest.mark.parametrize("change", [{"active": False}, {"scopes": ["read"]}])
def test_a_source_that_lets_in_no_more_stays_so_and_another_one_calls(
    folder: Folder, said: list[str], before: str, change: dict[str, object]
) -> None:
    Source.objects.filter(name=NAME).update(**change)
    tokens = [demo_token(folder, said.append) for _ in range(2)]

    assert tokens[0] == tokens[1] != before
    assert lets_in(tokens[0]) == f"{NAME} 2"
    assert Source.objects.filter(name=NAME, **change).count() == 1
    assert said[0].endswith("it stays so, and the demo calls as another source.")


def test_a_source_that_signs_by_now_goes_on_signing(folder: Folder, said: list[str], before: str) -> None:
    create_secret(Source.objects.get(name=NAME))
    token = demo_token(folder, said.append)

    assert lets_in(token) == f"{NAME} 2"
    assert signs(before)
    assert said[0] == f"{NAME} signs its calls: it stays so, and the demo calls as another source."


def test_a_revoked_token_stays_revoked_and_the_source_gets_a_new_one(folder: Folder, said: list[str], before: str) -> None:
    revoke_token(SourceToken.objects.get())
    token = demo_token(folder, said.append)

    assert (lets_in(token), find_source(before)) == (NAME, None)
    assert said == [f"Making a new token of {NAME}: {REPLACED}"]


def test_a_lost_token_is_replaced_and_the_tokens_of_others_go_on_working(folder: Folder, said: list[str], before: str) -> None:
    (folder.path / "token").unlink()
    token = demo_token(folder, said.append)

    assert {lets_in(before), lets_in(token)} == {NAME}
    assert said == [f"Making a new token of {NAME}: {REPLACED}"]


def test_a_source_with_two_tokens_that_are_not_the_demos_keeps_both(folder: Folder, said: list[str], before: str) -> None:
    second = create_token(Source.objects.get(name=NAME))
    (folder.path / "token").write_text("ita_of-another-database")
    token = demo_token(folder, said.append)

    assert (lets_in(before), lets_in(second), lets_in(token)) == (NAME, NAME, f"{NAME} 2")
    assert said[0] == f"{NAME} has 2 tokens: it stays so, and the demo calls as another source."
