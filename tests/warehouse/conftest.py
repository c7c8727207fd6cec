from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iterable_admin.warehouse.source import Source
from tests.warehouse.warehouses import KINDS, Warehouse, warehouse_of


@pytest.fixture(params=KINDS)
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    """An empty warehouse of each kind."""
    port = request.getfixturevalue("snowflake_port") if request.param == "snowflake" else 0
    return warehouse_of(request.param, tmp_path, port)


@pytest.fixture
def numbers(warehouse: Warehouse) -> Iterator[Source]:
    """A table of 0 to 24,999, opened for reading."""
    warehouse.write_numbers(25_000)
    with warehouse.open() as source:
        yield source
