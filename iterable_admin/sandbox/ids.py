"""Ids that the sandbox makes up: never the same twice, or, where a seed is given, the same in every run."""

from __future__ import annotations

import random
import uuid


class Ids:
    def __init__(self, seed: int | None, past: int = 0) -> None:
        """`past`: how many calls were replayed, so that a sandbox that goes on does not begin again."""
        self._dice = None if seed is None else random.Random(f"{seed}/{past}")  # noqa: S311 - repeatable, not secret

    def new(self) -> str:
        """In the form of a UUID."""
        return str(uuid.uuid4() if self._dice is None else uuid.UUID(int=self._dice.getrandbits(128), version=4))

    def short(self) -> str:
        """The same without hyphens, as messages and events have it."""
        return self.new().replace("-", "")
