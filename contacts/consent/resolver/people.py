"""The same facts and moments as `person`, for everybody at once: one common table, in SQL for both databases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection

from contacts.consent.ledger import ACTS, GRANTS, Verdict
from contacts.consent.models import AddressReport, Erasure, List, MessageType, SubscriptionState
from contacts.consent.resolver.conditions import Columns, Sql
from contacts.consent.resolver.moments import MOMENTS, Key, Moment, Scope, is_marketing, scope_of, targets_of
from contacts.consent.resolver.person import NONE, Suppressions
from contacts.consent.resolver.records import AsOf
from contacts.consent.resolver.rules import BY_CODE, RULES, SEND, present, withdrew_broadly

ARRAYS = ("list_ids", "unsubscribed_channel_ids", "unsubscribed_message_type_ids", "subscribed_message_type_ids")


@dataclass(frozen=True)
class Variant:
    """One message type, as it is or as it might be."""

    message_type: MessageType
    suppressed: Suppressions = NONE
    # What if every withdrawal in the ledger stood in Iterable as an opt-out of the channel.
    withdrawals_applied: bool = False


@dataclass(frozen=True)
class People:
    """A common table with a row for each contact and each erased person, and how the rules read it."""

    types: Sequence[MessageType]
    as_of: AsOf = field(default_factory=AsOf)
    among: Sql | None = None
    """Instead of everybody: a query with `id`, `address_key`, `has_address` and the columns of `carried`."""
    carried: Sequence[str] = ()

    @cached_property
    def scopes(self) -> Mapping[int, Scope]:
        return {message_type.pk: scope_of(message_type, self.types) for message_type in self.types}

    @cached_property
    def numbers(self) -> dict[Key, int]:
        """Each target that matters to some type, and of which anybody said anything at all."""
        scopes = self.scopes.values()
        keys = sorted(frozenset[Key]().union(*(scope.broad | scope.own | scope.siblings for scope in scopes)))
        told = (key for key in keys if SubscriptionState.objects.filter(target=key[0], target_key=key[1]).exists())
        return {key: number for number, key in enumerate(told)}

    def table(self) -> Sql:
        """`WITH people AS (…)`. A state is unique by address and target, so each target is one join."""
        parts = [_states(self.as_of), _latest_sight(self.as_of), _reports(self.as_of), _suppressed(self.as_of)]
        names = ("states", "seen", "reports", "suppressed")
        # Written into the query where they are used, with the table's own indexes, and by several workers.
        inline = "NOT MATERIALIZED " if connection.vendor == "postgresql" and self.as_of.is_now else ""
        texts = ", ".join(f"{name} AS {inline}({text})" for name, (text, _) in zip(names, parts, strict=True))
        everybody, until = self.among or _everybody(self.as_of)
        erased, limits = _limit(self.as_of, "e.requested_at", "e.requested_at")
        elsewhere, since = _limit(self.as_of, "f.first_seen_at", "f.first_seen_at")
        moments = "".join(
            f", {expression.format(f't{n}')} AS {kind}_{n}" for n in self.numbers.values() for kind, expression in LATEST.items()
        )
        moments += "".join(f", t{n}.withdrawn_by AS withdrawn_by_{n}" for n in self.numbers.values()) if self.as_of.is_now else ""
        joins = " ".join(
            f"LEFT JOIN states t{n} ON t{n}.address_key = c.address_key AND t{n}.target = %s AND t{n}.target_key = %s"
            for n in self.numbers.values()
        )
        arrays = ", ".join(f"s.{array}" for array in ARRAYS)
        carried = "".join(f", c.{column}" for column in self.carried)
        people = f"""SELECT c.id, c.address_key, c.has_address{carried},
            (e.id IS NOT NULL OR f.address_key IS NOT NULL) AS forgotten,
            s.address_key IS NOT NULL AS observed, COALESCE(s.present, {truth(False)}) AS present, {arrays},
            COALESCE(r.bounced, 0) AS bounced, COALESCE(r.suppressed, 0) AS provider_suppressed,
            g.address_key IS NOT NULL AS on_suppressed_list{moments}
            FROM ({everybody}) c {joins}
            LEFT JOIN seen s ON s.address_key = c.address_key LEFT JOIN reports r ON r.address_key = c.address_key
            LEFT JOIN suppressed g ON g.address_key = c.address_key
            LEFT JOIN consent_erasure e ON e.address_key = c.address_key{erased}
            LEFT JOIN ({FORGOTTEN_ELSEWHERE}) f ON f.address_key = c.address_key{elsewhere}"""
        parameters = tuple(value for _, values in parts for value in values)
        targets = (part for key in self.numbers for part in key)
        return f"WITH {texts}, people AS ({people})", (*parameters, *until, *targets, *limits, *since)

    def columns(self, variant: Variant) -> Columns:
        scope = self.scopes[variant.message_type.pk]
        moments = {
            name: _latest([f"{kind}_{number}" for number in self._numbers_of(moment, scope) for kind in moment.of])
            for name, moment in MOMENTS.items()
        }
        return _applied(variant, Columns(_facts(variant), moments))

    def _numbers_of(self, moment: Moment, scope: Scope) -> list[int]:
        return [self.numbers[key] for key in targets_of(moment, scope) if key in self.numbers]


# Of one state; the database compares as Python does, an expiry at the same moment included.
LATEST = {
    "withdrawn": "{0}.withdrawn_at",
    "granted": "{0}.granted_at",
    "unexpired_granted": "CASE WHEN {0}.expired_at IS NULL OR {0}.expired_at < {0}.granted_at THEN {0}.granted_at END",
    "derived": "{0}.derived_at",
    "standing_derived": """CASE WHEN ({0}.expired_at IS NULL OR {0}.expired_at < {0}.derived_at)
        AND ({0}.withdrawn_at IS NULL OR {0}.granted_at > {0}.withdrawn_at) THEN {0}.derived_at END""",
}


def first_reason(variant: Variant, people: People) -> Sql:
    """The code of the first rule of *we should* that keeps the type from the person, or SEND; by `mails` of Iterable's too."""
    columns = people.columns(variant)
    cases = [(rule.code, rule.condition.sql(columns)) for rule in RULES if rule.ours]
    text = " ".join(f"WHEN {condition} THEN '{code}'" for code, (condition, _) in cases)
    return f"CASE {text} ELSE '{SEND}' END", tuple(value for _, (_, values) in cases for value in values)


# Whether Iterable has the person; NULL: not known.
PRESENCE = "CASE WHEN observed THEN present END"


def mails(code: str, presence: bool | None) -> bool | None:
    """Whether Iterable mails somebody with this first reason: its own rules all come before ours. None: not known."""
    if code in BY_CODE and BY_CODE[code].iterable:
        return False
    return presence if presence is None else bool(presence)


def _facts(variant: Variant) -> dict[str, Sql | bool]:
    message_type, suppressed = variant.message_type, variant.suppressed
    channel = _holds_any("unsubscribed_channel_ids", [message_type.channel.iterable_id])
    return {
        "opt_in": message_type.policy == MessageType.Policy.OPT_IN,
        "marketing": is_marketing(message_type.channel),
        "forgotten": ("forgotten", ()),
        "has_address": ("has_address", ()),
        "bounced": ("(bounced = 1)", ()),
        "suppressed_by_provider": ("(provider_suppressed = 1)", ()),
        "globally_suppressed": _globally_suppressed(),
        "campaign_suppressed": _holds_any("list_ids", suppressed.campaign),
        "journey_suppressed": _holds_any("list_ids", suppressed.journey),
        "observed": ("observed", ()),
        "present": ("present", ()),
        "channel_unsubscribed": channel,
        "type_unsubscribed": _holds_any("unsubscribed_message_type_ids", [message_type.iterable_id]),
        "type_subscribed": _holds_any("subscribed_message_type_ids", [message_type.iterable_id]),
    }


def _applied(variant: Variant, columns: Columns) -> Columns:
    """What if the withdrawals of the ledger stood in Iterable: whoever withdrew more broadly than from one type is out."""
    if not (variant.withdrawals_applied and is_marketing(variant.message_type.channel)):
        return columns
    withdrew, values = (present & withdrew_broadly).sql(columns)
    stands = columns.facts["channel_unsubscribed"]
    out = (withdrew, values) if isinstance(stands, bool) else (f"({stands[0]} OR {withdrew})", (*stands[1], *values))
    return Columns({**columns.facts, "channel_unsubscribed": out}, columns.moments)


def _globally_suppressed() -> Sql:
    ids = list(List.objects.filter(global_suppression=True).values_list("iterable_id", flat=True))
    named = _holds_any("list_ids", ids)
    return ("on_suppressed_list", ()) if isinstance(named, bool) else (f"(on_suppressed_list OR {named[0]})", named[1])


def _holds_any(column: str, ids: Collection[int | None]) -> Sql | bool:
    """Whether the array in a person's last sight holds one of these ids; never where there is no sight."""
    wanted = [number for number in ids if number is not None]
    if not wanted:
        return False
    if connection.vendor == "postgresql":
        tests, values = [f"COALESCE({column} @> %s::jsonb, FALSE)"] * len(wanted), [str(number) for number in wanted]
        return "(present AND (" + " OR ".join(tests) + "))", tuple(values)
    marks = ", ".join(["%s"] * len(wanted))
    return f"(present AND EXISTS (SELECT 1 FROM json_each({column}) AS j WHERE j.value IN ({marks})))", tuple(wanted)


NEVER = "CAST(NULL AS TIMESTAMP)"


def _latest(columns: Sequence[str]) -> str:
    """Of several moments, those that never came left out."""
    if len(columns) < 2:
        return columns[0] if columns else NEVER
    if connection.vendor == "postgresql":
        return f"GREATEST({', '.join(columns)})"
    # SQLite keeps moments as text, and its MAX of several values is NULL if one of them is.
    told = ", ".join(f"COALESCE({column}, '')" for column in columns)
    return f"NULLIF(MAX({told}), '')"


def _everybody(as_of: AsOf) -> Sql:
    """Of an erased person the contact is gone; that nothing may be sent to them still has to be told of everybody."""
    contacts = "SELECT id, address_key, email <> '' AS has_address FROM contacts_contact"
    if not Erasure.objects.exists():
        return contacts, ()
    limit, parameters = _limit(as_of, "x.requested_at", "x.requested_at")
    gone = f"""SELECT NULL, x.address_key, {truth(True)} FROM consent_erasure x
        WHERE NOT EXISTS (SELECT 1 FROM contacts_contact k WHERE k.address_key = x.address_key){limit}"""
    return f"{contacts} UNION ALL {gone}", parameters


# An address and a user id of one person are two rows.
FORGOTTEN_ELSEWHERE = """SELECT address_key, MIN(first_seen_at) AS first_seen_at FROM consent_forgottenelsewhere
    WHERE address_key <> '' GROUP BY address_key"""


def _states(as_of: AsOf) -> Sql:
    """The cache, or the same from the ledger as it was known."""
    if as_of.is_now:
        return "SELECT * FROM consent_subscriptionstate", ()
    limit, parameters = _limit(as_of, "occurred_at", "received_at")
    grants = ", ".join(f"'{verdict.value}'" for verdict in GRANTS)
    acts = ", ".join(f"'{basis.value}'" for basis in ACTS)
    kinds = {
        "withdrawn": f"verdict = '{Verdict.WITHDRAWN.value}'",
        "granted": f"verdict IN ({grants}) AND basis IN ({acts})",
        "derived": f"(verdict IN ({grants}) AND basis NOT IN ({acts})) OR verdict = '{Verdict.IMPORTED.value}'",
        "expired": f"verdict = '{Verdict.EXPIRED.value}'",
    }
    columns = ", ".join(f"MAX(CASE WHEN {test} THEN occurred_at END) AS {kind}_at" for kind, test in kinds.items())
    text = f"""SELECT address_key, target, target_key, {columns} FROM consent_subscriptionchange
        WHERE 1 = 1{limit} GROUP BY address_key, target, target_key"""
    return text, parameters


def _latest_sight(as_of: AsOf) -> Sql:
    columns = ", ".join(("address_key", "present", *ARRAYS))
    if as_of.is_now:
        return f"SELECT {columns} FROM consent_observedprofile", ()
    limit, parameters = _limit(as_of, "observed_at", "received_at")
    ranked = "ROW_NUMBER() OVER (PARTITION BY address_key ORDER BY observed_at DESC, id DESC) AS place"
    text = f"SELECT {columns}, {ranked} FROM consent_profileobservation WHERE 1 = 1{limit}"
    return f"SELECT {columns} FROM ({text}) AS sights WHERE place = 1", parameters


def _reports(as_of: AsOf) -> Sql:
    limit, parameters = _limit(as_of, "occurred_at", "received_at")
    kinds = {"bounced": AddressReport.Kind.HARD_BOUNCE, "suppressed": AddressReport.Kind.SUPPRESSED}
    columns = ", ".join(f"MAX(CASE WHEN kind = '{kind.value}' THEN 1 ELSE 0 END) AS {name}" for name, kind in kinds.items())
    return f"SELECT address_key, {columns} FROM consent_addressreport WHERE 1 = 1{limit} GROUP BY address_key", parameters


def _suppressed(as_of: AsOf) -> Sql:
    limit, parameters = _limit(as_of, "m.seen_at", "m.seen_at")
    text = f"""SELECT DISTINCT m.address_key FROM consent_listmembership m JOIN consent_list l ON l.id = m.list_id
        WHERE l.global_suppression = {truth(True)}{limit}"""
    return text, parameters


def _limit(as_of: AsOf, happened: str, learnt: str) -> Sql:
    told = [(happened, as_of.at), (learnt, as_of.known_at)]
    given = [(column, moment) for column, moment in told if moment]
    values: tuple[Any, ...] = tuple(connection.ops.adapt_datetimefield_value(moment) for _, moment in given)
    return "".join(f" AND {column} <= %s" for column, _ in given), values


def truth(value: bool) -> str:
    return str(value).upper() if connection.vendor == "postgresql" else str(int(value))
