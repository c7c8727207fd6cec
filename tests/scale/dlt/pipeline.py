"""`python pipeline.py URL FILE CALLS_A_SECOND`: the same load by a plain dlt pipeline with a custom destination.

It compares nothing and keeps no outcome of a row. 0 calls a second: as fast as it goes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import dlt
import duckdb
import orjson
import requests

URL, FILE, PACE = sys.argv[1], sys.argv[2], float(sys.argv[3])
QUERY = "SELECT email_address, namespaces_array::VARCHAR FROM PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL"
HEADERS = {"Api-Key": "0123456789abcdef0123456789abcdef", "Content-Type": "application/json"}
session = requests.Session()
next_at = time.monotonic()


@dlt.destination(batch_size=1_000, name="iterable", naming_convention="direct", skip_dlt_columns_and_tables=True)
def iterable(items: Any, table: Any) -> None:
    global next_at
    if PACE:
        time.sleep(max(0.0, next_at - time.monotonic()))
        next_at = max(next_at, time.monotonic()) + 1 / PACE
    users = [{"email": row["email"], "dataFields": {"namespace_information": orjson.loads(row["namespaces"])}} for row in items]
    answer = session.post(f"{URL}/api/users/bulkUpdate", data=orjson.dumps({"users": users}), headers=HEADERS, timeout=30)
    answer.raise_for_status()


@dlt.resource(name="contacts")
def contacts() -> Iterator[list[dict[str, str]]]:
    with duckdb.connect(FILE, read_only=True) as connection:
        for batch in connection.sql(QUERY).to_arrow_reader(10_000):
            columns = (column.to_pylist() for column in batch.columns)
            yield [{"email": email, "namespaces": text} for email, text in zip(*columns, strict=True)]


dlt.config["load.workers"] = 1
pipeline = dlt.pipeline("contacts", destination=iterable, dev_mode=True)
pipeline.run(contacts())
