from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from iterable_admin.iterable.moments import moment, sent_seconds, sent_time

WHOLE = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (1_700_000_000_000, WHOLE),
        (1_700_000_000_000.0, WHOLE),
        ("2023-11-14 22:13:20 +00:00", WHOLE),
        ("2023-11-14 23:13:20 +0100", WHOLE),
        ("2023-11-14T22:13:20Z", WHOLE),
        ("2023-11-14 22:13:20", WHOLE),
        ("2023-11-14T22:13:20.5Z", WHOLE.replace(microsecond=500_000)),
        ("2023-11-14T22:13:20.134105.000Z", WHOLE.replace(microsecond=134_105)),
        ("2023-11-14", datetime(2023, 11, 14, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_every_form_that_iterable_uses(found: object, expected: datetime) -> None:
    assert moment(found) == expected


@pytest.mark.parametrize(
    "found", [None, True, "", "soon", "2023-02-30", "1700000000000", 10**30, float("nan"), [], "\u0662023-11-14"]
)
def test_what_is_no_time_is_none(found: object) -> None:
    assert moment(found) is None


def test_times_leave_in_utc() -> None:
    paris = WHOLE.astimezone(timezone(timedelta(hours=1)))
    assert (sent_time(paris), sent_seconds(paris)) == ("2023-11-14 22:13:20 +00:00", 1_700_000_000)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        sent_time(datetime(2023, 11, 14))  # noqa: DTZ001 - the refusal is what is tested
