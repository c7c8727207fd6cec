"""Where a condition finds what it asks for: today's tables, or what they were at a moment of the past."""

from __future__ import annotations

from django.db import connection

from contacts.conditions.frames import Fixed, Frame, Now
from contacts.consent.models import MessageType
from contacts.consent.resolver.conditions import Sql
from contacts.consent.resolver.people import People
from contacts.consent.resolver.people_at import PeopleAt
from contacts.consent.resolver.records import AsOf

NAMESPACES = "namespace_information"
"""The name under which the history of fields keeps which namespaces differ."""


def people_of_then(frame: Frame) -> People:
    types = list(MessageType.objects.select_related("channel"))
    if frame.asked:
        return PeopleAt(types, asked=frame.asked)
    return People(types, AsOf(frame.past.at) if isinstance(frame.past, Fixed) else AsOf())


def profile(past: Now, alias: str, column: str, event: str) -> Sql:
    """The profile of a contact as of then: of each field that changed since, what it was before the first change.

    Less what an event itself told, of which the uuid is in `event`: it is written a little after the event has come.
    """
    moment, values = past.moment()
    told = f"(f.cause = 'event' AND replace(f.cause_id, '-', '') = {alias}.{event})"
    changes = _first_changes(f"f.contact_id = {alias}.id AND f.changed_at > {moment} AND NOT {told}")
    return undone(f"{alias}.{column}", f"(SELECT {_together()} FROM ({changes}) x WHERE x.place = 1)"), values


def undone_fields(past: Now) -> Sql:
    """A table with `contact_id` and, in `fields`, what has changed since, as it was: for everybody, of one moment."""
    moment, values = past.moment()
    changes = _first_changes(f"f.changed_at > {moment}")
    return f"(SELECT x.contact_id, {_together()} AS fields FROM ({changes}) x WHERE x.place = 1 GROUP BY x.contact_id)", values


def undone(column: str, fields: str) -> str:
    """A profile with `fields` as they were; `fields` may be NULL."""
    if connection.vendor == "postgresql":
        return f"({column} || COALESCE({fields}, '{{}}'))"
    return f"json_patch({column}, COALESCE({fields}, '{{}}'))"


def _first_changes(where: str) -> str:
    return f"""SELECT f.contact_id, f.field, f.old,
        ROW_NUMBER() OVER (PARTITION BY f.contact_id, f.field ORDER BY f.changed_at, f.id) AS place
        FROM contacts_fieldchange f WHERE {where}"""


def _together() -> str:
    if connection.vendor == "postgresql":
        return "jsonb_object_agg(x.field, x.old)"
    return "json_group_object(x.field, json(x.old))"


def memberships(past: Now | None, of: str = "") -> Sql:
    """A table with `contact_id` and `information`: who is in which namespaces; of one contact, or of everybody at one moment."""
    if past is None:
        return "contacts_membership", ()
    moment, values = past.moment()
    since = f"f.field = '{NAMESPACES}' AND f.changed_at > {moment}"
    earlier = f"g.contact_id = f.contact_id AND g.field = '{NAMESPACES}' AND g.changed_at > {moment}"
    of_kept, of_change = (f"{alias}.contact_id = {of} AND " if of else "" for alias in "kf")
    kept = f"""SELECT k.contact_id, k.information FROM contacts_membership k WHERE {of_kept}NOT EXISTS
        (SELECT 1 FROM contacts_fieldchange f
        WHERE f.contact_id = k.contact_id AND {since} AND {_told_of("f", "k.namespace_id")})"""
    left = f"""SELECT f.contact_id, one.value AS information FROM contacts_fieldchange f, {_each("f.old")} AS one
        WHERE {of_change}{since} AND NOT EXISTS (SELECT 1 FROM contacts_fieldchange g
        WHERE {earlier} AND (g.changed_at, g.id) < (f.changed_at, f.id) AND {_told_of("g", _id("one"))})"""
    return f"({kept} UNION ALL {left})", values * 3


def _told_of(change: str, namespace_id: str) -> str:
    """Whether a row of the history tells of this namespace: as it was, or as it became."""
    sides = (
        f"EXISTS (SELECT 1 FROM {_each(f'{change}.{side}')} AS o WHERE {_id('o')} = {namespace_id})" for side in ("old", "new")
    )
    return f"({' OR '.join(sides)})"


def _each(array: str) -> str:
    if connection.vendor == "postgresql":
        return f"jsonb_array_elements(COALESCE({array}, '[]'::jsonb))"
    return f"json_each(COALESCE({array}, '[]'))"


def _id(name: str) -> str:
    if connection.vendor == "postgresql":
        return f"({name}.value ->> 'NAMESPACE_ID')::bigint"
    return f"json_extract({name}.value, '$.NAMESPACE_ID')"


def seen_lists(list_id: int, past: Now | None) -> Sql:
    """Whether the list is on the profile of `c` as it was last seen."""
    if connection.vendor == "postgresql":
        holds, value = "o.list_ids @> %s::jsonb", str(list_id)
    else:
        holds, value = "EXISTS (SELECT 1 FROM json_each(o.list_ids) j WHERE j.value = %s)", list_id  # type: ignore[assignment]
    if past is None:
        seen = f"SELECT 1 FROM consent_observedprofile o WHERE o.address_key = c.address_key AND o.present AND {holds}"
        return f"EXISTS ({seen})", (value,)
    moment, values = past.moment()
    latest = f"""SELECT o.present AND {holds} FROM consent_profileobservation o
        WHERE o.address_key = c.address_key AND o.observed_at <= {moment} ORDER BY o.observed_at DESC, o.id DESC LIMIT 1"""
    return f"COALESCE(({latest}), FALSE)", (value, *values)


def downloaded(list_id: int, past: Now | None) -> Sql:
    listed = """SELECT 1 FROM consent_listmembership lm JOIN consent_list l ON l.id = lm.list_id
        WHERE lm.address_key = c.address_key AND l.iterable_id = %s"""
    if past is None:
        return f"EXISTS ({listed})", (list_id,)
    moment, values = past.moment()
    return f"EXISTS ({listed} AND lm.seen_at <= {moment})", (list_id, *values)
