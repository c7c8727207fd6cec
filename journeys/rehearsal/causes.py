"""What is behind a reason: who told of the withdrawal, or what was seen, in a word or two that many people share."""

from __future__ import annotations

from django.db import connection

from contacts.consent.models import SubscriptionChange
from contacts.consent.resolver.conditions import Columns, Sql
from contacts.consent.resolver.moments import Key
from contacts.consent.resolver.people import People, Variant
from contacts.consent.resolver.person import Reason
from contacts.consent.resolver.records import AsOf
from contacts.consent.resolver.rules import withdrew_broadly

WITHDRAWN = ("WITHDREW", "UPSTREAM_WITHDRAWN")
CAUSES = {
    "FORGOTTEN": "forgotten",
    "BOUNCED": "a bounce",
    "ESP_SUPPRESSED": "the mail provider",
    **dict.fromkeys(("GLOBAL_SUPPRESSION", "CAMPAIGN_SUPPRESSION", "JOURNEY_SUPPRESSION"), "a list"),
    **dict.fromkeys(("CHANNEL_UNSUBSCRIBED", "TYPE_UNSUBSCRIBED"), "seen in Iterable"),
    "NOT_OPTED_IN": "granted here, not seen in Iterable",
    "NEVER_ASKED": "never asked",
    "NO_EVIDENCE": "nobody told of an agreement",
}


def withdrew_from(columns: Columns) -> Sql:
    """Whether the withdrawal that stands is one of everything or of the channel, rather than of the type alone."""
    return withdrew_broadly.sql(columns)


def cause_of(code: str, source: str | None) -> str:
    return source or "" if code in WITHDRAWN else CAUSES.get(code, "")


def latest_withdrawal(variant: Variant, people: People) -> Sql:
    """The ledger row of the latest one: of those of more than the type, or else of the type's own."""
    scope = people.scopes[variant.message_type.pk]
    broad, own = (_latest_of([people.numbers[key] for key in keys if key in people.numbers]) for keys in (scope.broad, scope.own))
    stands, values = withdrew_from(people.columns(variant))
    return f"CASE WHEN {stands} THEN {broad} ELSE {own} END", values


def _latest_of(numbers: list[int]) -> str:
    """Of withdrawals at the same moment the one that was told later, as `resolver.moments.latest` has it."""
    cases = " ".join(
        f"WHEN withdrawn_{n} IS NOT NULL AND {' AND '.join(_later(n, m) for m in numbers)} THEN withdrawn_by_{n}" for n in numbers
    )
    return f"CASE {cases} END" if cases else "CAST(NULL AS bigint)"


def _later(one: int, other: int) -> str:
    return f"(withdrawn_{other} IS NULL OR (withdrawn_{one}, withdrawn_by_{one}) >= (withdrawn_{other}, withdrawn_by_{other}))"


def source_of(number: int, variant: Variant, people: People, until: Sql = ("", ())) -> Sql:
    """Over a row `c` of `said` with `code_N`, `broad_N` and `address_key`, and now `by_N`. `until` limits `ch.occurred_at`."""
    names = ", ".join(f"'{code}'" for code in WITHDRAWN)
    if people.as_of.is_now and not until[0]:
        told = f"SELECT ch.source FROM consent_subscriptionchange ch WHERE ch.id = c.by_{number}"
        return f"CASE WHEN code_{number} IN ({names}) THEN ({told}) END", ()
    scope = people.scopes[variant.message_type.pk]
    (broad, some), (own, others) = _source(scope.broad, until), _source(scope.own, until)
    text = f"CASE WHEN code_{number} IN ({names}) THEN CASE WHEN broad_{number} THEN {broad} ELSE {own} END END"
    return text, (*some, *others)


def _source(targets: frozenset[Key], until: Sql) -> Sql:
    """Of the latest withdrawal: where it came from."""
    keys = sorted(targets)
    those = " OR ".join("(ch.target = %s AND ch.target_key = %s)" for _ in keys) or "FALSE"
    text = f"""(SELECT ch.source FROM consent_subscriptionchange ch WHERE ch.address_key = c.address_key
        AND ch.verdict = '{SubscriptionChange.Verdict.WITHDRAWN.value}' AND ({those}){until[0]}
        ORDER BY ch.occurred_at DESC, ch.id DESC LIMIT 1)"""
    return text, (*(part for key in keys for part in key), *until[1])


def until(as_of: AsOf) -> Sql:
    """Of the past, only what had happened by then."""
    if as_of.at is None:
        return "", ()
    return " AND ch.occurred_at <= %s", (connection.ops.adapt_datetimefield_value(as_of.at),)


def cause_in_words(reason: Reason) -> str:
    """The same of one person."""
    source = None
    if reason.code in WITHDRAWN and reason.cause_id is not None:
        source = SubscriptionChange.objects.filter(pk=reason.cause_id).values_list("source", flat=True).first()
    return cause_of(reason.code, source)
