"""Everybody in the month: each with what is peculiar about them, and ordinary people around them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from tests.story.accounts import Change, Registry, at_once, becomes, gains, loses, says
from tests.story.shapes import FREE, PAID, Group, group, on_trial

# What happens by day, or at the hands of others, is told in nights.py by these names.
ERASED, ERASED_AND_MOVED, MOVED_AFTER_ERASURE = "erased@example.com", "erased.moves@example.com", "erased.moved@example.com"
UNSUBSCRIBED, REFUSED = "unsubscribed@example.com", "refused@example.com"
BY_EVENT, MADE_LATER, MADE_BEFORE_FIRST_SEEN = "by.event@example.com", "made.later@example.com", "made.before@example.com"
DELETED_IN_ITERABLE, ORDER_ONLY = "retention@example.com", "order.only@example.com"
MOVES, MOVES_QUIETLY, MOVES_UNKNOWN = "moves.old@example.com", "quiet.old@example.com", "unknown.old@example.com"
STRANGER = "stranger0@example.com"
NOT_IN_WAREHOUSE = ("only.iterable@example.com", "marketo.only@example.com")

DUO = {"TRIAL_TYPE": 2, "TRIAL_TYPE_NAME": "DuoPro", "GLM_CONTENT": "duo"}
DAY = date(2026, 3, 25)


def everybody(dice: Random) -> Registry:
    cast = Registry()
    for add in (namespaces, lives_of_groups, windows, comings_and_goings, addresses, unreadable, iterables_side):
        add(cast)
    ordinary(cast, dice)
    return cast


def namespaces(cast: Registry) -> None:
    cast.add("solo")
    cast.add(ORDER_ONLY, groups=[group(61_000_000 + place, 7) for place in range(6)])
    cast.add("none", groups=[])
    cast.add("subgroup", groups=None)
    cast.add("subgroup.later", {12: gains(group(61_500_000, 8))}, groups=None)
    hundreds = [group(62_000_000 + place, 9, 50 if place % 3 else 30) for place in range(300)]
    cast.add("hundreds", {9: says(150, **PAID), 20: loses(299)}, groups=hundreds)
    cast.add("sparse", {11: says(LIST_OF_STAGES=None, ACTIVE_STAGE_COUNT=None), 21: says(GLM_SOURCE="self")}, groups=sparse())
    others = [
        group(63_000_000, 10),
        group(63_000_001, 10, 10, CREATOR_USER_ID=4),
        group(63_000_002, 10, 40, CREATOR_USER_ID=None),
    ]
    cast.add("owner.and.guest", {6: says(1, USER_ACCESS_LEVEL=30, USER_ACCESS_LEVEL_NAME="Developer")}, groups=others)
    cast.add("twice", twice_script(), groups=twice())
    for name, groups in ranked().items():
        cast.add(name, groups=groups)
    cast.add("qa+trial", groups=[group(63_500_000, 12, GITLAB_PLAN_TITLE='Café 🦊 &amp; "Söhne"')])
    cast.add("number.one", groups=[group(1, 1, CURRENT_MEMBER_COUNT=1, ACTIVE_STAGE_COUNT=1, LIST_OF_STAGES=["create"])])


def sparse() -> list[Group]:
    return [{"NAMESPACE_ID": 63_900_000, "USER_ID": 11, "LIST_OF_STAGES": ["create"], "ACTIVE_STAGE_COUNT": 1}]


def twice() -> list[Group]:
    """One namespace, two trial types: the running one is taken."""
    first = group(64_000_000, 13, **on_trial(DAY))
    return [first, {**first, **DUO, "IS_ACTIVE_TRIAL": False, "TRIAL_START_DATE": "2026-03-30 00:00:00.000"}]


def ranked() -> dict[str, list[Group]]:
    """Two trials of one namespace; in each case only one rule takes the first of them."""
    early = group(64_100_000, 14, **on_trial(DAY), ACTIVE_STAGE_COUNT=1)
    ended, late = {"IS_ACTIVE_TRIAL": False}, {"TRIAL_START_DATE": "2026-03-30 00:00:00.000"}
    greater = {"ACTIVE_STAGE_COUNT": 9}
    return {
        "twice.active": [early, early | DUO | ended | late | greater],
        "twice.later": [early | ended | late, early | DUO | ended | greater],
        "twice.text": [early | ended | greater, early | DUO | ended],
    }


def twice_script() -> dict[int, Change]:
    return {
        7: at_once(says(0, IS_ACTIVE_TRIAL=False), says(1, IS_ACTIVE_TRIAL=True)),
        # Neither runs: the later start is taken, and between equal ones the greater text.
        15: says(1, IS_ACTIVE_TRIAL=False),
        21: says(1, TRIAL_START_DATE="2026-03-25 00:00:00.000"),
        27: gains(group(64_000_000, 13, CURRENT_MEMBER_COUNT=99)),
    }


def lives_of_groups(cast: Registry) -> None:
    cast.add("converts", {8: says(**PAID)}, groups=[group(65_000_000, 20, **on_trial(DAY))])
    flips = {night: says(**(on_trial(DAY + timedelta(days=night)) if night % 10 else FREE)) for night in range(5, 30, 5)}
    cast.add("flips", flips)
    cast.add("paid.on.trial", {19: says(IS_NAMESPACE_PQL=True)}, groups=[group(65_100_000, 21, **on_trial(DAY))])
    cast.add("group.deleted", {10: loses(0)}, groups=[group(65_200_000, 22), group(65_200_001, 22)])
    cast.add("last.group.gone", {13: loses(0)})
    cast.add("group.moves.here", {14: gains(group(65_200_000, 23, 30))})


def windows(cast: Registry) -> None:
    changes = {night: says(CURRENT_MEMBER_COUNT=night) for night in range(2, 31, 3)}
    made = {
        "too.old": datetime(2026, 1, 15, 12),  # noqa: DTZ001
        "leaves.early": datetime(2026, 2, 4, 12),  # noqa: DTZ001
        "leaves": datetime(2026, 2, 15, 10),  # noqa: DTZ001
        "edge.before": datetime(2026, 2, 27, 23, 59, 59, 999_000),  # noqa: DTZ001
        "edge.midnight": datetime(2026, 2, 28),  # noqa: DTZ001
        "edge.last": datetime(2026, 2, 28, 23, 59, 59),  # noqa: DTZ001
        "edge.stays": datetime(2026, 3, 1),  # noqa: DTZ001
        "new.account": datetime(2026, 4, 8, 20),  # noqa: DTZ001
    }
    for name, created in made.items():
        cast.add(name, dict(changes), created=created)


def comings_and_goings(cast: Registry) -> None:
    cast.add("blocked", {8: becomes(there=False)}, lives=True)
    cast.add("deleted", {20: becomes(there=False)}, lives=True)
    cast.add("returns.changed", {8: becomes(there=False), 17: at_once(becomes(there=True), says(**PAID))})
    cast.add("returns.same", {5: becomes(there=False), 7: becomes(there=True)})
    cast.add("never.logged.in", login=None, lives=True)
    cast.add("logs.in.later", {10: becomes(login=datetime(2026, 4, 10))}, login=None)  # noqa: DTZ001
    cast.add("enterprise.known", lives=True)
    cast.add("enterprise.unknown", lives=True)
    cast.add(ERASED, {15: becomes(there=False)}, lives=True)
    cast.add(ERASED_AND_MOVED, {14: becomes(email=MOVED_AFTER_ERASURE)})


def addresses(cast: Registry) -> None:
    cast.add("Mixed.Case@Example.COM", lives=True)
    cast.add("trailing.blank@example.com ")
    cast.add("not-an-address at all")
    cast.add("jürgen@example.com")
    cast.add("two.rows", {5: becomes(spellings=("Two.Rows@example.com",)), 8: at_once(becomes(spellings=()), says(**PAID))})
    cast.add("two.forever", {17: at_once(becomes(spellings=("TWO.forever@example.com",)), says(**PAID))})
    cast.add("made.anew", {14: becomes(user_id=900_014, groups=[group(66_000_000, 900_014)])})
    cast.add(MOVES, {10: at_once(becomes(email="moves.new@example.com"), says(**PAID))})
    cast.add(MOVES_QUIETLY, {12: becomes(email="quiet.new@example.com")})
    cast.add(MOVES_UNKNOWN, {12: becomes(email="unknown.new@example.com")})
    one_user = at_once(becomes(spellings=("one.user.b@example.com",)), says(**PAID))
    cast.add("one.user.a", {12: one_user, 14: becomes(spellings=())})


def unreadable(cast: Registry) -> None:
    cast.add("not.json", {9: becomes(text='[{"NAMESPACE_ID": 1'), 12: at_once(becomes(text=None), says(**PAID))})
    cast.add("not.json.forever", {25: at_once(becomes(text="{{lead.namespaces}}"), says(**PAID))})
    cast.add("no.array", {14: becomes(text='{"NAMESPACE_ID": 5}'), 15: becomes(text=None)})
    cast.add("wrong.type", {13: says(CURRENT_MEMBER_COUNT="many"), 15: says(CURRENT_MEMBER_COUNT=5)})
    cast.add("no.id", {23: becomes(text='[{"USER_ID": 5}]'), 25: becomes(text=None)})


def iterables_side(cast: Registry) -> None:
    cast.add(UNSUBSCRIBED, {night: says(CURRENT_MEMBER_COUNT=night) for night in range(4, 31, 4)})
    cast.add(REFUSED, {22: says(**PAID)})
    cast.add(BY_EVENT, lives=True)
    cast.add(MADE_LATER)
    # Nothing changes until it is no longer fresh that Iterable has them.
    cast.add(DELETED_IN_ITERABLE, {12: says(**PAID)})
    cast.add(MADE_BEFORE_FIRST_SEEN, created=datetime(2026, 4, 13, 8))  # noqa: DTZ001
    for number in range(14):
        cast.add(f"stranger{number}", lives=number % 2 == 0)


def ordinary(cast: Registry, dice: Random) -> None:
    for number in range(50):
        created = datetime(2026, 2, 10) + timedelta(hours=dice.randrange(75 * 24))  # noqa: DTZ001
        account = cast.add(f"person{number}", created=created, lives=True)
        assert account.groups
        account.groups += [group(67_000_000 + 10 * number + place, account.user_id) for place in range(dice.randrange(4))]
