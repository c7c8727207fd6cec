"""What a plan estimates: calls as they are filled, by people and by bytes."""

from __future__ import annotations

from contacts.sync.planning import Calls


def filled(*sizes: int) -> tuple[int, int]:
    """How many calls, and the bytes of the largest."""
    calls = Calls()
    for size in sizes:
        calls.take(size)
    return calls.number, calls.largest


def test_a_call_takes_four_megabytes_and_the_largest_is_the_fullest() -> None:
    assert filled(3_000_000, 500_000, 600_000) == (2, 3_500_000)


def test_a_call_takes_a_thousand_people() -> None:
    assert filled(*[10] * 1_001) == (2, 10_000)


def test_nobody_needs_no_call() -> None:
    assert filled() == (0, 0)
