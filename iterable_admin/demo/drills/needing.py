"""Faults that need a person: the struck rows stand and say why, until the cause is mended and they are retried."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from iterable_admin.demo.drills.crowd import Crowd, send
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.standing import Standing, rows_of, standing
from iterable_admin.demo.drills.verdict import Verdict
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import retry

Look = Callable[[Crowd], list[str]]
"""What is wrong while the rows stand."""


def need_somebody(
    ground: Ground,
    drill: str,
    crowd: Crowd,
    switch: str,
    shape: dict[str, Any],
    expected: Iterable[str],
    look: Look | None = None,
) -> Verdict:
    """`expected`: whose rows must stand, and nobody else's."""
    since = len(ground.faults.calls())
    ground.faults.switch_on(switch, **shape)
    send(crowd, ground.upstream, ground.say)
    ground.wait_for_rest(crowd)
    stood = standing(crowd.ids)
    wrong = [*unexpected(stood, expected), *(look(crowd) if look else [])]
    ground.say(f"Rows that need a person: {len(stood)}. Mending the cause and trying them again …")
    ground.faults.all_off()
    retry_all(crowd)
    ground.wait_for_rest(crowd)
    return ground.judge(drill, crowd, since, stood=stood, wrong=wrong)


def unexpected(stood: list[Standing], expected: Iterable[str]) -> list[str]:
    wanted, found = set(expected), {row.person for row in stood}
    return [
        *(f"nothing of {person} stood, though the fault struck it" for person in sorted(wanted - found)),
        *(f"{person} stood, whom the fault did not concern" for person in sorted(found - wanted)),
    ]


def retry_all(crowd: Crowd) -> int:
    """As an operator does with the rows that need somebody or wait for long."""
    return retry(rows_of(crowd.ids).filter(state__in=(Delivery.State.NEEDS_YOU, Delivery.State.WAITING)))
