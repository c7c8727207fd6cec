"""The source whose token the demo's own calls bear. What somebody made of a source since the last demo is left as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iterable_admin.demo.environment import Folder
from iterable_admin.errors import Problem
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.tokens import ACTIVE_AT_A_TIME, create_token, find_source

NAME = "CustomersDot (demo)"
SCOPES = [scope.value for scope in Source.Scope]
MOST = 20


def demo_token(folder: Folder, say: Callable[[str], None]) -> str:
    """The same one in every demo of this folder, as long as it still opens everything; another one otherwise."""
    kept = folder.path / "token"
    token = kept.read_text() if kept.exists() else ""
    found = find_source(token)
    if found and not _hindrance(found):
        return token
    source = _first_fit(say)
    if token or source.tokens.exists():
        say(f"Making a new token of {source}: the one that this demo kept is gone, revoked or refused.")
    kept.unlink(missing_ok=True)
    return folder.kept("token", create_token(source))


def _first_fit(say: Callable[[str], None]) -> Source:
    for source in _candidates():
        hindrance = _hindrance(source) or _full(source)
        if not hindrance:
            return source
        say(f"{source} {hindrance}: it stays so, and the demo calls as another source.")
    raise Problem(f"None of {MOST} sources called {NAME} lets the demo in: start it in another VAR_DIR.")


def _candidates() -> Iterator[Source]:
    for number in range(1, MOST + 1):
        name = NAME if number == 1 else f"{NAME} {number}"
        yield Source.objects.get_or_create(name=name, defaults={"scopes": SCOPES})[0]


def _hindrance(source: Source) -> str:
    if not source.active:
        return "is switched off"
    if source.secrets.filter(removed_at=None).exists():
        return "signs its calls"
    return "" if set(SCOPES) <= set(source.scopes) else "may not do everything"


def _full(source: Source) -> str:
    return f"has {ACTIVE_AT_A_TIME} tokens" if source.tokens.filter(revoked_at=None).count() >= ACTIVE_AT_A_TIME else ""
