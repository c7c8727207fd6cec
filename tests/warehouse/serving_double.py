"""Serves the double of Snowflake on a port of loopback: `python -m tests.warehouse.serving_double 8080`."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import fakesnow.arrow
import pyarrow as pa
import uvicorn
from fakesnow.server import app

without_nulls = fakesnow.arrow.timestamp_to_sf_struct


def with_nulls(column: Any) -> Any:
    """Snowflake marks a missing time on the pair of seconds and fraction; the double forgets the mark, and 1970 is read."""
    pairs = without_nulls(column)
    missing = pa.array(column.is_null().to_pylist(), type=pa.bool_())
    fields = [pairs.type.field(index) for index in range(pairs.type.num_fields)]
    parts = [pairs.field(index).fill_null(0) for index in range(pairs.type.num_fields)]
    return pa.StructArray.from_arrays(parts, fields=fields, mask=missing)


def end_with_parent() -> None:
    """A test run that is killed closes its end of our standard input, and nothing else of it reaches us."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    vars(fakesnow.arrow)[without_nulls.__name__] = with_nulls
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
