from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from iterable_admin.inbox.models import Source, SourceToken
from iterable_admin.inbox.tokens import find_source

pytestmark = pytest.mark.django_db


def create_token(*arguments: str) -> str:
    out = StringIO()
    call_command("create_token", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_a_new_source_is_made_with_its_scopes() -> None:
    token = create_token("CustomersDot", "--scope", "read", "--scope", "events:write")

    source = find_source(token)
    assert source is not None
    assert (source.name, source.scopes) == ("CustomersDot", ["events:write", "read"])


def test_a_known_source_gets_a_second_token_for_rotation() -> None:
    tokens = {create_token("Marketo", "--scope", "subscriptions:write"), create_token("Marketo")}

    assert [find_source(token) for token in tokens] == [Source.objects.get()] * 2


def test_a_third_active_token_is_refused() -> None:
    create_token("Marketo")
    create_token("Marketo")

    with pytest.raises(CommandError, match="revoke the old one first"):
        create_token("Marketo")
    assert SourceToken.objects.count() == 2


def test_the_scopes_of_a_known_source_are_not_changed_by_the_way() -> None:
    create_token("Marketo", "--scope", "subscriptions:write")

    with pytest.raises(CommandError, match="may do: subscriptions:write"):
        create_token("Marketo", "--scope", "read")
    assert Source.objects.get().scopes == ["subscriptions:write"]
    assert SourceToken.objects.count() == 1
