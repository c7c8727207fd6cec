"""A batch is written while the next is compared: in order, once each, and whatever goes wrong ends both."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from contacts.sync.comparing import Compared
from contacts.sync.models import SyncDefinition
from contacts.sync.pipelining import behind

pytestmark = pytest.mark.django_db(transaction=True)


class Source:
    """Of numbered batches; notes how far it was read, and that it was closed."""

    def __init__(self, last: int) -> None:
        self.last, self.read, self.closed = last, 0, False

    def batches(self) -> Generator[Compared]:
        try:
            while self.read < self.last:
                self.read += 1
                yield Compared(self.read, [], [], {})
        finally:
            self.closed = True


def keep(compared: Compared) -> None:
    SyncDefinition.objects.create(name=f"batch {compared.read}", slug=f"batch-{compared.read}", query="SELECT 1")


def kept() -> list[str]:
    return list(SyncDefinition.objects.order_by("pk").values_list("name", flat=True))


def test_each_batch_is_written_once_and_in_its_order() -> None:
    assert [batch.read for batch in behind(Source(3).batches(), keep)] == [1, 2, 3]
    assert kept() == ["batch 1", "batch 2", "batch 3"]


def test_a_write_that_fails_ends_the_reading_and_nothing_comes_after_it() -> None:
    source = Source(9)

    def fail_at_two(compared: Compared) -> None:
        if compared.read == 2:
            raise RuntimeError("full disk")
        keep(compared)

    with pytest.raises(RuntimeError, match="full disk"):
        list(behind(source.batches(), fail_at_two))
    assert (kept(), source.closed) == (["batch 1"], True)


def test_what_was_begun_is_written_also_when_the_reader_stops() -> None:
    source = Source(9)
    reading = behind(source.batches(), keep)
    next(reading)
    reading.close()
    assert (kept(), source.read, source.closed) == (["batch 1"], 1, True)
