"""The faults that have a name: one name is one switch."""

from __future__ import annotations

from typing import Any, NamedTuple


class Preset(NamedTuple):
    words: str
    """What it does, for whoever switches it on."""
    rule: dict[str, Any]


PRESETS = {
    "storm-429": Preset("Every call is over the rate limit: 429 in Iterable's envelope.", {"status": 429}),
    "storm-429-text": Preset("Every call is over the rate limit: 429 as plain text.", {"status": 429, "form": "text"}),
    "storm-429-retry-after": Preset(
        "Every call is over the rate limit: 429 with a Retry-After header.", {"status": 429, "retry_after": 1}
    ),
    "errors-500": Preset("Every call fails with 500 GenericError, nothing is done.", {"status": 500}),
    "permanent-500": Preset(
        "One path, or everything about one person, always fails with 500.", {"status": 500, "path": "/api/events/trackBulk"}
    ),
    "errors-503": Preset("The load balancer answers 503 in HTML, nothing is done.", {"status": 503}),
    "timeout-before-work": Preset(
        "Nothing is done and no answer comes; after 30 seconds the connection is reset.", {"status": 0, "seconds": 30}
    ),
    "timeout-after-commit": Preset(
        "The work is done and no answer comes; after 30 seconds the connection is reset.",
        {"status": 0, "seconds": 30, "applied": True},
    ),
    "resets-before-work": Preset("The connection is reset, nothing is done.", {"status": 0}),
    "resets-after-work": Preset("The work is done, then the connection is reset.", {"status": 0, "applied": True}),
    "partial-named": Preset("Of a bulk call every third row fails and is named.", {"status": None, "rows": "named"}),
    "partial-counted": Preset(
        "Of a bulk call every third row fails and is counted, but not named.", {"status": None, "rows": "counted"}
    ),
    "slow-answers": Preset("Every call takes 3 seconds more.", {"status": None, "seconds": 3}),
    "refused-key": Preset("Every key is refused: 401 BadApiKey.", {"status": 401}),
    "echoed-secret": Preset(
        "Every call is refused: 400 BadJsonBody, whose message quotes the request, key included.", {"status": 400, "form": "echo"}
    ),
}
