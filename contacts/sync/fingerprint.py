"""Whether two profiles are the same, in 32 characters."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson


def canonical(value: object) -> bytes:
    """One spelling for equal values, whatever the order of their keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def fingerprint(fields: Mapping[str, Any]) -> str:
    return blake2b(canonical(fields), digest_size=16).hexdigest()
