"""The same facts and moments as `person`, for everybody at once: one common table, in SQL for both databases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection

from contacts.consent.ledger import ACTS, GRANTS, Verdict
from contacts.consent.models import AddressReport, List, MessageType
from contacts.consent.resolver.conditions import Columns, Condition, Sql
from contacts.consent.resolver.moments import MOMENTS, Key, Scope, is_marketing, scope_of, targets_of
from contacts.consent.resolver.person import NONE, Suppressions
from contacts.consent.resolver.records import AsOf
from contacts.consent.resolver.rules import NOT_OBSERVED, RULES, SEND

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
    """A common table with a row for each contact, and how the rules read it."""

    types: Sequence[MessageType]
    as_of: AsOf = field(default_factory=AsOf)

    @cached_property
    def scopes(self) -> Mapping[int, Scope]:
        return {message_type.pk: scope_of(message_type, self.types) for message_type in self.types}

    @cached_property
    def moment_columns(self) -> dict[tuple[str, tuple[Key, ...]], str]:
        """Types of one channel share most of their moments: each is computed once."""
        found: dict[tuple[str, tuple[Key, ...]], str] = {}
        for scope in self.scopes.values():
            for name, moment in MOMENTS.items():
                found.setdefault((_expression(name), tuple(targets_of(moment, scope))), f"m{len(found)}")
        return found

    def table(self) -> Sql:
        """`WITH people AS (…)`."""
        parts = [self._moments(), _latest_sight(self.as_of), _reports(self.as_of), _suppressed(self.as_of)]
        names = ("moments", "seen", "reports", "suppressed")
        texts = ", ".join(f"{name} AS ({text})" for name, (text, _) in zip(names, parts, strict=True))
        parameters = tuple(value for _, values in parts for value in values)
        erased, limits = _limit(self.as_of, "e.requested_at", "e.requested_at")
        moments = ", ".join(f"m.{column}" for column in self.moment_columns.values())
        arrays = ", ".join(f"s.{array}" for array in ARRAYS)
        people = f"""SELECT c.id, c.address_key, c.email <> '' AS has_address, e.id IS NOT NULL AS forgotten,
            s.address_key IS NOT NULL AS observed, COALESCE(s.present, {_truth(False)}) AS present, {arrays},
            COALESCE(r.bounced, 0) AS bounced, COALESCE(r.suppressed, 0) AS provider_suppressed,
            g.address_key IS NOT NULL AS on_suppressed_list, {moments}
            FROM contacts_contact c LEFT JOIN moments m ON m.address_key = c.address_key
            LEFT JOIN seen s ON s.address_key = c.address_key LEFT JOIN reports r ON r.address_key = c.address_key
            LEFT JOIN suppressed g ON g.address_key = c.address_key
            LEFT JOIN consent_erasure e ON e.address_key = c.address_key{erased}"""
        return f"WITH {texts}, people AS {_materialized()} ({people})", parameters + limits

    def _moments(self) -> Sql:
        states, parameters = _states(self.as_of)
        columns, values = [], []
        for (expression, targets), name in self.moment_columns.items():
            marks = " OR ".join("(target = %s AND target_key = %s)" for _ in targets)
            columns.append(f"MAX(CASE WHEN {marks} THEN {expression} END) AS {name}")
            values += [part for target in targets for part in target]
        text = f"SELECT address_key, {', '.join(columns)} FROM {states} GROUP BY address_key"
        return text, (*values, *parameters)

    def columns(self, variant: Variant) -> Columns:
        scope = self.scopes[variant.message_type.pk]
        moments = {
            name: self.moment_columns[_expression(name), tuple(targets_of(moment, scope))] for name, moment in MOMENTS.items()
        }
        return Columns(_facts(variant), moments)


def will(variant: Variant, people: People) -> Sql:
    """Whether Iterable mails: 1, 0, or NULL where it is not known."""
    blocked = _any([rule.condition for rule in RULES if rule.iterable], people.columns(variant))
    return f"CASE WHEN {blocked[0]} THEN 0 WHEN NOT observed THEN NULL ELSE 1 END", blocked[1]


def first_reason(variant: Variant, people: People) -> Sql:
    """Of *we should*: the code of the first rule that keeps it from the person, or SEND."""
    columns = people.columns(variant)
    cases = [(rule.code, rule.condition.sql(columns)) for rule in RULES]
    text = " ".join(f"WHEN {condition} THEN '{code}'" for code, (condition, _) in cases)
    return f"CASE {text} ELSE '{SEND}' END", tuple(value for _, (_, values) in cases for value in values)


def first_reason_of_iterable(variant: Variant, people: People) -> Sql:
    columns = people.columns(variant)
    cases = [(rule.code, rule.condition.sql(columns)) for rule in RULES if rule.iterable]
    text = " ".join(f"WHEN {condition} THEN '{code}'" for code, (condition, _) in cases)
    parameters = tuple(value for _, (_, values) in cases for value in values)
    return f"CASE {text} WHEN NOT observed THEN '{NOT_OBSERVED}' ELSE '{SEND}' END", parameters


def _any(conditions: Sequence[Condition], columns: Columns) -> Sql:
    written = [condition.sql(columns) for condition in conditions]
    return "(" + " OR ".join(text for text, _ in written) + ")", tuple(value for _, values in written for value in values)


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


def _expression(name: str) -> str:
    """The moment of one state that counts; the database compares as Python does, an expiry at the same moment included."""
    moment = MOMENTS[name]
    parts = []
    for kind in moment.kinds:
        live = f" AND (expired_at IS NULL OR expired_at < {kind}_at)" if moment.unexpired else ""
        parts.append(f"CASE WHEN {kind}_at IS NOT NULL{live} THEN {kind}_at END")
    return parts[0] if len(parts) == 1 else _greatest(parts)


def _greatest(parts: Sequence[str]) -> str:
    if connection.vendor == "postgresql":
        return f"GREATEST({', '.join(parts)})"
    first, second = parts
    # SQLite's MAX of several values is NULL if one of them is.
    return f"MAX(COALESCE({first}, {second}), COALESCE({second}, {first}))"


def _states(as_of: AsOf) -> Sql:
    """The cache, or the same from the ledger as it was known."""
    if as_of.is_now:
        return "consent_subscriptionstate", ()
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
    text = f"""(SELECT address_key, target, target_key, {columns} FROM consent_subscriptionchange
        WHERE 1 = 1{limit} GROUP BY address_key, target, target_key) AS states"""
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
        WHERE l.global_suppression = {_truth(True)}{limit}"""
    return text, parameters


def _limit(as_of: AsOf, happened: str, learnt: str) -> Sql:
    told = [(happened, as_of.at), (learnt, as_of.known_at)]
    given = [(column, moment) for column, moment in told if moment]
    values: tuple[Any, ...] = tuple(connection.ops.adapt_datetimefield_value(moment) for _, moment in given)
    return "".join(f" AND {column} <= %s" for column, _ in given), values


def _truth(value: bool) -> str:
    return str(value).upper() if connection.vendor == "postgresql" else str(int(value))


def _materialized() -> str:
    return "MATERIALIZED" if connection.vendor == "postgresql" else ""
