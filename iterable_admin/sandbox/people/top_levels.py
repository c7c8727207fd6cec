"""Which endings an address may have: Iterable's validator knows the list of all top-level domains, this one its outlines."""

from __future__ import annotations

LONGEST = 18
"""Letters of the longest one in use, e.g. northwesternmutual."""
# All that have two letters, and those alone: the second ones by the first.
_SECOND = {
    "a": "cdefgilmoqrstuwxz",
    "b": "abdefghijmnorstvwyz",
    "c": "acdfghiklmnoruvwxyz",
    "d": "ejkmoz",
    "e": "cegrstu",
    "f": "ijkmor",
    "g": "abdefghilmnpqrstuwy",
    "h": "kmnrtu",
    "i": "delmnoqrst",
    "j": "emop",
    "k": "eghimnprwyz",
    "l": "abcikrstuvy",
    "m": "acdeghklmnopqrstuvwxyz",
    "n": "acefgilopruz",
    "o": "m",
    "p": "aefghklmnrstwy",
    "q": "a",
    "r": "eosuw",
    "s": "abcdeghijklmnorstuvxyz",
    "t": "cdfghjklmnortvwz",
    "u": "agksyz",
    "v": "aceginu",
    "w": "fs",
    "y": "et",
    "z": "amw",
}
COUNTRIES = frozenset(first + second for first, seconds in _SECOND.items() for second in seconds)
_RESERVED = {"test", "invalid", "example", "localhost", "onion", "alt"}
_PRIVATE = {"local", "localdomain", "internal", "intranet", "intra", "private", "lan", "home", "corp"}
_MADE_UP = {"fake", "bogus", "dummy", "none", "null", "nowhere", "unknown", "notreal", "nonexistent", "doesnotexist", "tld"}
_MISTYPED = {"con", "cmo", "invalidtld", "faketld", "notatld", "notarealtld"}
NOBODYS = frozenset(_RESERVED | _PRIVATE | _MADE_UP | _MISTYPED)


def may_exist(top_level: str) -> bool:
    """Lower case. Among longer names every one passes that is not known to be nobody's."""
    if not top_level.isascii() or top_level.startswith("xn--"):
        return True
    if len(top_level) == 2:
        return top_level in COUNTRIES
    return len(top_level) <= LONGEST and top_level not in NOBODYS
