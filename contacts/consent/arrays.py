"""Whether a profile's array of ids, kept as JSON, holds one of some ids: in SQL for both databases."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, Func


class HoldsAny(Func):
    """`HoldsAny("unsubscribed_channel_ids", ids)`; of no ids it is false."""

    output_field = BooleanField()

    def __init__(self, column: str, ids: Collection[int]) -> None:
        super().__init__(column)
        self.ids = sorted(ids)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> tuple[str, Any]:
        column, parameters = compiler.compile(self.source_expressions[0])
        marks = ", ".join(["%s"] * len(self.ids)) or "NULL"
        return f"EXISTS (SELECT 1 FROM json_each({column}) AS j WHERE j.value IN ({marks}))", [*parameters, *self.ids]  # noqa: S608

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        column, parameters = compiler.compile(self.source_expressions[0])
        tests = " OR ".join([f"{column} @> %s::jsonb"] * len(self.ids)) or "FALSE"
        return f"({tests})", [*(value for number in self.ids for value in (*parameters, str(number)))]
