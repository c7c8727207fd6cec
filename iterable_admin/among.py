"""`column__among=values`: as `in`, with all values in one parameter, however many they are."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import CharField, IntegerField, Lookup

JSON_EACH = "{column} IN (SELECT value FROM json_each(%s))"
# No address, key or id has it in it.
SEPARATOR = "\x1f"


@CharField.register_lookup
class Among(Lookup):
    """A thousand placeholders and so many quotes in an array, cost more than the rows that they find."""

    lookup_name = "among"
    array = "text[]"

    def get_prep_lookup(self) -> list[Any]:
        return sorted(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, parameters = self.process_lhs(compiler, connection)
        return JSON_EACH.format(column=column), [*parameters, json.dumps(self.rhs)]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(string_to_array(%s, '{SEPARATOR}')::{self.array})", [*parameters, self._joined()]

    def _joined(self) -> str:
        # Of nothing an empty text makes an empty array; one that is in it finds nothing that is not empty.
        return SEPARATOR.join(map(str, self.rhs))


@IntegerField.register_lookup
class AmongNumbers(Among):
    array = "bigint[]"
