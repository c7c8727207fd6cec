"""A batch is written while the next is compared: in order, once each, and whatever goes wrong ends both."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from unittest.mock import Mock

import pytest

from contacts.sync.comparing import Compared
from contacts.sync.holding import Closed
from contacts.sync.models import SyncDefinition
from contacts.sync.pipelining import Behind

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


def write_all(source: Source, write: Callable[[Compared], None] = keep) -> None:
    with Behind(write) as writer, closing(source.batches()) as batches:
        for batch in batches:
            writer.take(batch)


def test_each_batch_is_written_once_and_in_its_order() -> None:
    write_all(Source(3))
    assert kept() == ["batch 1", "batch 2", "batch 3"]


def test_whoever_waits_sees_what_was_taken() -> None:
    with Behind(keep) as writer:
        writer.take(Compared(1, [], [], {}))
        writer.wait()
        assert kept() == ["batch 1"]


def test_a_write_that_fails_ends_the_reading_and_nothing_comes_after_it() -> None:
    source = Source(9)

    def fail_at_two(compared: Compared) -> None:
        if compared.read == 2:
            raise RuntimeError("full disk")
        keep(compared)

    with pytest.raises(RuntimeError, match="full disk"):
        write_all(source, fail_at_two)
    assert (kept(), source.closed) == (["batch 1"], True)


def fail_while_comparing(write: Callable[[Compared], None]) -> None:
    with Behind(write) as writer:
        writer.take(Compared(1, [], [], {}))
        raise ZeroDivisionError


def test_why_the_writing_ended_is_told_whatever_ends_the_comparing_meanwhile() -> None:
    with pytest.raises(Closed):
        fail_while_comparing(Mock(side_effect=Closed))


def test_what_was_taken_is_written_also_when_the_comparing_fails() -> None:
    with pytest.raises(ZeroDivisionError):
        fail_while_comparing(keep)
    assert kept() == ["batch 1"]
