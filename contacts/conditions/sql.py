"""A condition for everybody at once: one expression over a contact `c`, that is true or false and never unknown.

Literals are parameters; the names of fields are the catalogue's own. Both databases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any as Anything

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, Field
from contacts.conditions.moments import before, in_utc
from contacts.conditions.sql_fields import comparison
from contacts.conditions.tree import All, Any, Compare, Condition, InList, MayReceive, Namespaces, Not, Performed
from contacts.consent.models import MessageType
from contacts.consent.resolver.people import People, Variant, first_reason
from contacts.consent.resolver.rules import RULES, SEND
from contacts.models import Contact
from iterable_admin.errors import Permanent

Sql = tuple[str, tuple[Anything, ...]]
NOBODY: Sql = ("FALSE", ())
EVERYBODY: Sql = ("TRUE", ())


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of fields mean here: `alias` is the table they stand in."""

    alias: str
    fields: dict[str, Field]


PERSON = Scope("c", OF_PERSON)
NAMESPACE = Scope("m", OF_NAMESPACE)
EVENT = Scope("e", OF_EVENT)


def people(condition: Condition, now: datetime) -> QuerySet[Contact]:
    """Whom it is true of; erased people are nobody."""
    text, parameters = compiled(condition, now)
    ids = f"SELECT c.id FROM contacts_contact c WHERE c.email <> '' AND {text}"
    return Contact.objects.filter(pk__in=RawSQL(ids, parameters))  # noqa: S611 - of our own making


def count(condition: Condition, now: datetime) -> int:
    text, parameters = compiled(condition, now)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM contacts_contact c WHERE c.email <> '' AND {text}", parameters)
        return int(cursor.fetchone()[0])


def compiled(condition: Condition, now: datetime, scope: Scope = PERSON) -> Sql:
    match condition:
        case All(of):
            return _joined([compiled(part, now, scope) for part in of], " AND ", EVERYBODY)
        case Any(of):
            return _joined([compiled(part, now, scope) for part in of], " OR ", NOBODY)
        case Not(part):
            text, parameters = compiled(part, now, scope)
            return f"(NOT {text})", parameters
        case Compare():
            return comparison(condition, scope.fields[condition.field], scope.alias, now)
        case Namespaces():
            return _namespaces(condition, now)
        case Performed():
            return _performed(condition, now)
        case InList(list_id):
            return _in_list(list_id)
        case MayReceive():
            return _may_receive(condition)


def _joined(parts: list[Sql], word: str, empty: Sql) -> Sql:
    if not parts:
        return empty
    return "(" + word.join(text for text, _ in parts) + ")", tuple(value for _, values in parts for value in values)


def _namespaces(condition: Namespaces, now: datetime) -> Sql:
    where, parameters = compiled(condition.where, now, NAMESPACE)
    theirs = "SELECT {what} FROM contacts_membership m WHERE m.contact_id = c.id"
    one, some = theirs.format(what="1"), f"EXISTS ({theirs.format(what='1')} AND {where})"
    match condition.quantifier:
        case "some":
            return some, parameters
        case "none":
            return f"(NOT {some})", parameters
        case "all":
            return f"(EXISTS ({one}) AND NOT EXISTS ({one} AND NOT {where}))", parameters
    return f"(({theirs.format(what='COUNT(*)')} AND {where}) >= %s)", (*parameters, condition.count)


def _performed(condition: Performed, now: datetime) -> Sql:
    """Events are told by address: one that came with a user id alone has one once it is known whose it is."""
    at = "COALESCE(e.occurred_at, e.received_at)"
    tests = ["e.email = c.email", "e.name = %s", "e.state <> 'rejected'", "e.duplicate_of_id IS NULL", f"{at} <= %s"]
    parameters: list[Anything] = [condition.event, _bound(now)]
    if condition.within_days is not None:
        tests.append(f"{at} >= %s")
        parameters.append(_bound(before(now, condition.within_days)))
    if condition.where is not None:
        where, values = compiled(condition.where, now, EVENT)
        tests.append(where)
        parameters += values
    told = f"FROM inbox_event e WHERE {' AND '.join(tests)}"
    if condition.times == 1:
        return f"EXISTS (SELECT 1 {told})", tuple(parameters)
    return f"((SELECT COUNT(*) {told}) >= %s)", (*parameters, condition.times)


def _bound(moment: datetime) -> Anything:
    return connection.ops.adapt_datetimefield_value(in_utc(moment))


def _in_list(list_id: int) -> Sql:
    if connection.vendor == "postgresql":
        holds, value = "o.list_ids @> %s::jsonb", str(list_id)
    else:
        holds, value = "EXISTS (SELECT 1 FROM json_each(o.list_ids) j WHERE j.value = %s)", list_id  # type: ignore[assignment]
    seen = f"SELECT 1 FROM consent_observedprofile o WHERE o.address_key = c.address_key AND o.present AND {holds}"
    downloaded = """SELECT 1 FROM consent_listmembership lm JOIN consent_list l ON l.id = lm.list_id
        WHERE lm.address_key = c.address_key AND l.iterable_id = %s"""
    return f"(EXISTS ({seen}) OR EXISTS ({downloaded}))", (value, list_id)


def _may_receive(condition: MayReceive) -> Sql:
    message_type = MessageType.objects.select_related("channel").filter(name=condition.message_type).first()
    if message_type is None:
        raise Permanent(f"There is no message type named {condition.message_type}.")
    everybody = People(list(MessageType.objects.select_related("channel")))
    table, parameters = everybody.table()
    reason, values = first_reason(Variant(message_type), everybody)
    if condition.side == "should":
        test = f"{reason} = '{SEND}'"
    else:
        theirs = ", ".join(f"'{rule.code}'" for rule in RULES if rule.iterable)
        test = f"observed AND present AND {reason} NOT IN ({theirs})"
    return f"(c.id IN ({table} SELECT id FROM people WHERE id IS NOT NULL AND {test}))", (*parameters, *values)
