"""What one address withdrew holds for every address of the same person. Grants stay where they were given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.utils import timezone

from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.ledger import Target, Verdict, kind_of, resolve
from contacts.consent.models import Channel, MessageType, SubscriptionChange
from contacts.linking import Links, linked
from contacts.models import AddressChange

# The version of this rule, kept with every ledger row that it made.
POLICY = "address-1"
CAUSE = "address"

Row = SubscriptionChange
Names = dict[tuple[str, str], str]


def to_carry(change: AddressChange, before: Links) -> list[Row]:
    """What stands at either address, for the other, and for those that each was linked with before."""
    pairs = ((change.old_key, change.new_key), (change.new_key, change.old_key))
    names = _names()
    rows = [
        _carried(row, target, str(change.pk))
        for source, other in pairs
        for row in standing_withdrawals(source, names)
        for target in sorted({other, *before.get(other, ())} - {source})
    ]
    return _unsaid([row for row in rows if row.address_key in _admitted(change)] if rows else [])


def _admitted(change: AddressChange) -> set[str]:
    """Not those that somebody else has by now."""
    there = linked([change.old_key, change.new_key])
    return {change.new_key, *there.get(change.new_key, ()), *there.get(change.old_key, ())}


def late_to_carry(withdrawals: Sequence[Row]) -> list[Row]:
    """Of withdrawals that have just been recorded, for the other addresses of their people."""
    said = [row for row in withdrawals if is_withdrawal(row)]
    others = linked({row.address_key for row in said}) if said else {}
    if not others:
        return []
    changes = _latest_changes({*others, *(key for keys in others.values() for key in keys)})
    # Its own id each, because an address may withdraw, grant and withdraw again after the change.
    rows = [
        _carried(row, target, f"{changes.get(row.address_key) or changes[target]}.{row.pk}")
        for row in said
        for target in sorted(others.get(row.address_key, ()))
    ]
    return _unsaid(rows)


def is_withdrawal(row: Row) -> bool:
    """An act, and not what was carried here: that is at all addresses already."""
    return kind_of(row) == "withdrawn" and row.cause != CAUSE


def _latest_changes(keys: Collection[str]) -> dict[str, int]:
    """By address key, the latest change of address from or to it."""
    found: dict[str, int] = {}
    for field in ("old_key", "new_key"):
        rows = AddressChange.objects.filter(**{f"{field}__in": keys}, one_person=True).order_by("pk")
        for key, pk in rows.values_list(field, "pk"):
            found[key] = max(pk, found.get(key, 0))
    return found


def standing_withdrawals(address_key: str, names: Names | None = None) -> list[Row]:
    """The withdrawal in force of each target. A grant of marketing as a whole lifts both of its forms."""
    names = names if names is not None else _names()
    by_target: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in SubscriptionChange.objects.filter(address_key=address_key):
        by_target[_target(row, names)].append(row)
    whole = ((Target.ALL_MARKETING.value, ""), (Target.CHANNEL.value, names.get((Target.CHANNEL.value, MARKETING_CHANNEL), "")))
    marketing = resolve(row for target in whole for row in by_target.get(target, ()))
    stands = {target: resolve(rows) for target, rows in by_target.items()}
    return [
        standing.row
        for target, standing in stands.items()
        if standing.withdrawn and standing.row and (target not in whole or marketing.withdrawn)
    ]


def _names() -> Names:
    """Iterable's id by name, for ledger rows from before it was learnt."""
    channels = Channel.objects.values_list("name", "iterable_id")
    types = MessageType.objects.values_list("name", "iterable_id")
    return {
        (target.value, name): str(number or name)
        for target, found in ((Target.CHANNEL, channels), (Target.MESSAGE_TYPE, types))
        for name, number in found
    }


def _target(row: Row, names: Names) -> tuple[str, str]:
    return row.target, names.get((row.target, row.target_key), row.target_key)


def _carried(row: Row, address_key: str, cause_id: str) -> Row:
    return SubscriptionChange(
        address_key=address_key,
        target=row.target,
        target_key=row.target_key,
        target_name=row.target_name,
        verdict=Verdict.WITHDRAWN,
        basis=row.basis,
        occurred_at=row.occurred_at,
        received_at=timezone.now(),
        dated_by=row.dated_by,
        source=row.source,
        cause=CAUSE,
        cause_id=cause_id,
        policy=POLICY,
        supersedes=row,
    )


def _unsaid(rows: Iterable[Row]) -> list[Row]:
    """Less what the other address says by itself, of the same moment: there and back again it would grow for ever."""
    news = list(rows)
    there = SubscriptionChange.objects.filter(address_key__in={row.address_key for row in news}, verdict=Verdict.WITHDRAWN)
    said = {_said(row) for row in there} if news else set()
    return [row for row in news if _said(row) not in said]


def _said(row: Row) -> tuple[object, ...]:
    return row.address_key, row.target, row.target_key, row.occurred_at
