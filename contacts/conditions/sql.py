"""A condition for everybody at once: one expression over a contact `c`, that is true or false and never unknown.

Literals are parameters; the names of fields are the catalogue's own. Both databases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, Field
from contacts.conditions.frames import Frame, frame_of
from contacts.conditions.sql_events import AT, performed
from contacts.conditions.sql_fields import comparison
from contacts.conditions.sql_gathering import Gathering
from contacts.conditions.sql_past import downloaded, memberships, people_of_then, seen_lists
from contacts.conditions.tree import All, Any, Compare, Condition, InList, MayReceive, Namespaces, Not, Performed
from contacts.consent.models import MessageType
from contacts.consent.resolver.conditions import Sql
from contacts.consent.resolver.exposing import at_everybody
from contacts.consent.resolver.people import Variant, first_reason
from contacts.consent.resolver.rules import RULES, SEND
from contacts.models import Contact
from iterable_admin.errors import Permanent

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
    with at_everybody(), connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM contacts_contact c WHERE c.email <> '' AND {text}", parameters)
        return int(cursor.fetchone()[0])


def compiled(condition: Condition, now: datetime | Frame, scope: Scope = PERSON) -> Sql:
    """`c` has a contact's columns; where the frame looks from the past, with the profile of then."""
    frame = frame_of(now)
    match condition:
        case All(of):
            return _joined([compiled(part, frame, scope) for part in of], " AND ", EVERYBODY)
        case Any(of):
            return _joined([compiled(part, frame, scope) for part in of], " OR ", NOBODY)
        case Not(part):
            text, parameters = compiled(part, frame.flipped, scope)
            return f"(NOT {text})", parameters
        case Compare():
            test = comparison(condition, scope.fields[condition.field], scope.alias, frame)
            return frame.gathering.of_person(test) if frame.gathering and scope is PERSON else test
        case Namespaces():
            return _namespaces(condition, frame)
        case Performed():
            return _performed(condition, frame)
        case InList(list_id):
            return _in_list(list_id, frame)
        case MayReceive():
            return _may_receive(condition, frame)


def _joined(parts: list[Sql], word: str, empty: Sql) -> Sql:
    if not parts:
        return empty
    return "(" + word.join(text for text, _ in parts) + ")", tuple(value for _, values in parts for value in values)


def _namespaces(condition: Namespaces, frame: Frame) -> Sql:
    if frame.gathering and not frame.asked:
        return _of_gathered(condition, frame.gathering, frame), ()
    table, past = memberships(frame.past, "c.id")
    theirs = f"SELECT {{what}} FROM {table} m WHERE m.contact_id = c.id"
    one = theirs.format(what="1")
    where, parameters = compiled(condition.where, frame, NAMESPACE)
    some, values = f"EXISTS ({one} AND {where})", (*past, *parameters)
    match condition.quantifier:
        case "some":
            return some, values
        case "none":
            unlike, parameters = compiled(condition.where, frame.flipped, NAMESPACE)
            return f"(NOT EXISTS ({one} AND {unlike}))", (*past, *parameters)
        case "all":
            return f"(EXISTS ({one}) AND NOT EXISTS ({one} AND NOT {where}))", (*past, *past, *parameters)
    return f"(({theirs.format(what='COUNT(*)')} AND {where}) >= %s)", (*values, condition.count)


def _of_gathered(condition: Namespaces, gathering: Gathering, frame: Frame) -> str:
    where = compiled(condition.where, frame, NAMESPACE)
    match condition.quantifier:
        case "some":
            return f"({gathering.of_namespaces(where)} > 0)"
        case "none":
            return f"({gathering.of_namespaces(compiled(condition.where, frame.flipped, NAMESPACE))} = 0)"
        case "all":
            unlike = gathering.of_namespaces((f"(NOT {where[0]})", where[1]))
            return f"({gathering.of_namespaces(EVERYBODY)} > 0 AND {unlike} = 0)"
    return f"({gathering.of_namespaces(where)} >= {int(condition.count)})"


def _performed(condition: Performed, frame: Frame) -> Sql:
    """Events are told by address: one that came with a user id alone has one once it is known whose it is."""
    if frame.told_until is not None and not frame.sure:
        return EVERYBODY
    until, parameters = (frame.told_until or frame.latest).moment()
    tests = [f"{AT} <= {until}"]
    if condition.within_days is not None:
        since, values = frame.latest.moment(condition.within_days)
        tests.append(f"{AT} >= {since}")
        parameters += values
    if condition.where is not None:
        where, values = compiled(condition.where, frame, EVENT)
        tests.append(where)
        parameters += values
    if frame.gathering and not frame.asked:
        found = frame.gathering.of_events(condition.event, (f"({' AND '.join(tests)})", parameters))
        return f"({found} >= {int(condition.times)})", ()
    named, name = performed(condition.event)
    told = f"FROM inbox_event e WHERE e.email = c.email AND {named} AND {' AND '.join(tests)}"
    if condition.times == 1:
        return f"EXISTS (SELECT 1 {told})", (*name, *parameters)
    return f"((SELECT COUNT(*) {told}) >= %s)", (*name, *parameters, condition.times)


def _in_list(list_id: int, frame: Frame) -> Sql:
    seen, values = seen_lists(list_id, frame.past)
    listed, more = downloaded(list_id, frame.past)
    return f"({seen} OR {listed})", (*values, *more)


def _may_receive(condition: MayReceive, frame: Frame) -> Sql:
    message_type = MessageType.objects.select_related("channel").filter(name=condition.message_type).first()
    if message_type is None:
        raise Permanent(f"There is no message type named {condition.message_type}.")
    everybody = people_of_then(frame)
    table, parameters = everybody.table()
    reason, values = first_reason(Variant(message_type), everybody)
    if condition.side == "should":
        test = f"{reason} = '{SEND}'"
    else:
        theirs = ", ".join(f"'{rule.code}'" for rule in RULES if rule.iterable)
        test = f"observed AND present AND {reason} NOT IN ({theirs})"
    who = "c.n" if frame.asked else "c.id"
    return f"({who} IN ({table} SELECT id FROM people WHERE id IS NOT NULL AND {test}))", (*parameters, *values)
