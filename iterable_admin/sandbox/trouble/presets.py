"""The faults that have a name: one name is one switch."""

from __future__ import annotations

from typing import Any, NamedTuple


class Preset(NamedTuple):
    words: str
    """What it does, for whoever switches it on."""
    rule: dict[str, Any]


PRESETS = {
    "storm-429": Preset("Every call is over the rate limit, in the envelope.", {"status": 429}),
    "storm-429-text": Preset("The same as plain text.", {"status": 429, "form": "text"}),
    "storm-429-retry-after": Preset("The same, with a Retry-After header.", {"status": 429, "retry_after": 1}),
    "errors-500": Preset("Every call fails with a GenericError, nothing is done.", {"status": 500}),
    "permanent-500": Preset(
        "One path, or everything about one person, never succeeds.", {"status": 500, "path": "/api/events/trackBulk"}
    ),
    "errors-503": Preset("The load balancer answers in HTML, nothing is done.", {"status": 503}),
    "timeout-before-work": Preset("Nothing is done; after some seconds a reset.", {"status": 0, "seconds": 30}),
    "timeout-after-commit": Preset(
        "The work is done, the answer never comes; after some seconds a reset.", {"status": 0, "seconds": 30, "applied": True}
    ),
    "resets-before-work": Preset("The connection is reset, nothing is done.", {"status": 0}),
    "resets-after-work": Preset("The work is done, then the connection is reset.", {"status": 0, "applied": True}),
    "partial-named": Preset("Of a bulk call every third row fails and is named.", {"status": None, "rows": "named"}),
    "partial-counted": Preset(
        "Of a bulk call every third row fails and is counted, but not named.", {"status": None, "rows": "counted"}
    ),
    "slow-answers": Preset("Every call takes some seconds more.", {"status": None, "seconds": 3}),
    "refused-key": Preset("The key is refused with 401.", {"status": 401}),
    "echoed-secret": Preset(
        "Every call is refused as bad JSON, and the message quotes the request, key included.", {"status": 400, "form": "echo"}
    ),
}
