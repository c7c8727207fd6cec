from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from contacts.sync.window import window_start


@pytest.mark.parametrize(
    ("today", "months", "start"),
    [
        (date(2026, 11, 22), 2, datetime(2026, 9, 22, tzinfo=UTC)),
        (date(2026, 4, 30), 2, datetime(2026, 2, 28, tzinfo=UTC)),
        (date(2024, 4, 30), 2, datetime(2024, 2, 29, tzinfo=UTC)),
        (date(2026, 1, 31), 2, datetime(2025, 11, 30, tzinfo=UTC)),
        (date(2026, 3, 31), 1, datetime(2026, 2, 28, tzinfo=UTC)),
    ],
)
def test_the_window_begins_whole_months_ago_clamped_to_the_months_last_day(today: date, months: int, start: datetime) -> None:
    assert window_start(today, months) == start
