"""Of whom nothing may rest here: asked before an event that nobody will process is kept, and before any is handled.

Rooms above say who that is, when their app is ready.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

# Of these lanes, those of people who were erased. Asked within a transaction; the answer holds until it ends.
Screen = Callable[[Collection[str]], Collection[str]]

_screens: list[Screen] = []


def register_screen(screen: Screen) -> None:
    if screen not in _screens:
        _screens.append(screen)


def screened(lanes: Collection[str]) -> set[str]:
    return {lane for screen in _screens for lane in screen(lanes)}
