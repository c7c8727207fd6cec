"""Of whom nothing may rest here: asked before an event that nobody will process is kept, and before any is handled.

Rooms above say who that is, when their app is ready.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from iterable_admin.addresses import user_id_lane
from iterable_admin.inbox.models import Event

# Of these lanes, those of people who were erased. Asked within a transaction; the answer holds until it ends.
Screen = Callable[[Collection[str]], Collection[str]]

_screens: list[Screen] = []


def register_screen(screen: Screen) -> None:
    if screen not in _screens:
        _screens.append(screen)


def screened(events: Collection[Event]) -> set[int]:
    """By place in `events`: whose address was erased, or whose user, who may have another address since."""
    lanes = [{event.lane, user_id_lane(event.user_id) if event.user_id else event.lane} for event in events]
    asked = set().union(*lanes) - {""}
    erased = {lane for screen in _screens for lane in screen(asked)} if asked else set()
    return {place for place, theirs in enumerate(lanes) if theirs & erased}
