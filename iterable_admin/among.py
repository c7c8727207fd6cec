"""`column__among=values`: as `in`, with all values in one parameter, however many they are."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import CharField, Lookup

JSON_EACH = "{column} IN (SELECT value FROM json_each(%s))"


@CharField.register_lookup
class Among(Lookup):
    """A thousand placeholders cost more to compile and to parse than the rows that they find."""

    lookup_name = "among"

    def get_prep_lookup(self) -> list[str]:
        return sorted(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, parameters = self.process_lhs(compiler, connection)
        return JSON_EACH.format(column=column), [*parameters, json.dumps(self.rhs)]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::text[])", [*parameters, list(self.rhs)]
