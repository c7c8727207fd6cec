"""Four eyes on a definition's query: one person proposes it, another one approves or refuses it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from contacts.sync.fingerprint import canonical, digest_of
from contacts.sync.models import SyncDefinition
from contacts.sync.querying import check_query_of_sync
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent

PERMISSION = "sync.change_syncquery"
NOT_ALLOWED = "{user} may not decide about queries: a technical owner can."
SAY_WHY = "Say why: the reason is kept with your name."
SAME = "This is the query as it is."
NOTHING = "No query of {definition} is proposed."
MOVED = "Another query was proposed meanwhile: look at it first."
OWN = "You proposed this query yourself: another person with the same permission approves or refuses it."


def digest(definition: SyncDefinition) -> str:
    """Of the proposed query, so that nobody decides about another one than they saw."""
    return digest_of(canonical([definition.proposed_query, definition.proposed_by_id]))


@transaction.atomic
def propose_query(definition: SyncDefinition, user: User, reason: str, query: str) -> None:
    """Takes the place of an earlier proposal; the query itself stays as it is."""
    _check(user, reason)
    mine, query = _locked(definition), query.strip()
    check_query_of_sync(query)
    if query == mine.query:
        raise Permanent(SAME)
    mine.proposed_query, mine.proposed_by, mine.proposed_at = query, user, timezone.now()
    _store(mine, user, "propose a query", reason, "It runs once a second person has approved it.")


@transaction.atomic
def approve_query(definition: SyncDefinition, user: User, reason: str, seen: str) -> None:
    mine = _proposed(definition, user, reason, seen)
    check_query_of_sync(mine.proposed_query)
    mine.query = mine.proposed_query
    _clear(mine)
    _store(mine, user, "approve a query", reason, "The next run reads by it.")


@transaction.atomic
def refuse_query(definition: SyncDefinition, user: User, reason: str, seen: str) -> None:
    mine = _proposed(definition, user, reason, seen)
    _clear(mine)
    _store(mine, user, "refuse a query", reason, "The query stays as it was.")


def _proposed(definition: SyncDefinition, user: User, reason: str, seen: str) -> SyncDefinition:
    _check(user, reason)
    mine = _locked(definition)
    if not mine.proposed_query:
        raise Permanent(NOTHING.format(definition=mine))
    if digest(mine) != seen:
        raise Permanent(MOVED)
    if mine.proposed_by_id == user.pk:
        raise Permanent(OWN)
    return mine


def _check(user: User, reason: str) -> None:
    if not (user.is_active and user.has_perm(PERMISSION)):
        raise Permanent(NOT_ALLOWED.format(user=user))
    if not reason.strip():
        raise Permanent(SAY_WHY)


def _locked(definition: SyncDefinition) -> SyncDefinition:
    return SyncDefinition.objects.select_for_update(no_key=True).get(pk=definition.pk)


def _clear(definition: SyncDefinition) -> None:
    definition.proposed_query, definition.proposed_by, definition.proposed_at = "", None, None


def _store(definition: SyncDefinition, user: User, verb: str, reason: str, result: str) -> None:
    definition.save(update_fields=["query", "proposed_query", "proposed_by", "proposed_at"])
    selection = {"definition": definition.pk, "query": definition.query, "proposed": definition.proposed_query}
    record(user, verb, f"sync definition {definition}"[:200], selection, 1, reason, result)
