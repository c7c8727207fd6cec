"""The sandbox as its operator sees it: switches, and the log of calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from iterable_admin.errors import Problem

SECONDS = 10
MOST_CALLS = 20_000


@dataclass
class Faults:
    """The switches of one sandbox. `Problem` where it does not do as told."""

    url: str

    def switch_on(self, name: str, **shape: Any) -> None:
        """`shape`: for so many calls (times), for this path, for this person, with so many seconds."""
        self._ask("POST", "/sandbox/faults", {name: shape or True})

    def by_chance(self, share: float) -> None:
        """So many of all calls, 0 to 1."""
        self._ask("POST", "/sandbox/faults", {"fail_rate": share})

    def all_off(self) -> None:
        self._ask("POST", "/sandbox/faults", {"fail_rate": 0, **dict.fromkeys(self._switched(), False)})

    def struck(self, name: str) -> int:
        """So many calls, while it is on."""
        return int(self._switched().get(name, {}).get("struck", 0))

    def any_on(self) -> bool:
        return bool(self._switched())

    def calls(self) -> list[dict[str, Any]]:
        """Oldest first; of Iterable's own endpoints alone."""
        found: list[dict[str, Any]] = self._ask("GET", f"/sandbox/calls.json?limit={MOST_CALLS}")["calls"]
        return [call for call in reversed(found) if call["path"].startswith("/api/")]

    def _switched(self) -> dict[str, dict[str, Any]]:
        faults = self._ask("GET", "/sandbox/faults")
        return {name: value for name, value in faults.items() if isinstance(value, dict) and "struck" in value}

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, self.url + path, json=body, timeout=SECONDS)
        if answer.status_code != 200:
            raise Problem(f"The sandbox answered {answer.status_code} to {method} {path}: {answer.text[:500]}")
        return answer.json()
