"""An absent key leaves things as they are, where null or a default would not."""

from __future__ import annotations

from typing import Any


def given(**values: Any) -> dict[str, Any]:
    """Those that are not None; an empty list or an empty text is a value."""
    return {name: value for name, value in values.items() if value is not None}
