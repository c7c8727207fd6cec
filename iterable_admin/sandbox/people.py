"""The users of the project, and the append-only history of what they were subscribed to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ARRAYS = ("emailListIds", "unsubscribedChannelIds", "unsubscribedMessageTypeIds", "subscribedMessageTypeIds")
HISTORY_ARRAYS = ARRAYS[1:]

Arrays = dict[str, list[int]]


@dataclass(slots=True)
class Event:
    id: str
    name: str
    created_at: int
    fields: dict[str, Any]
    extra: dict[str, Any]


@dataclass(slots=True)
class Profile:
    email: str | None
    user_id: str | None
    created_at: float
    updated_at: float
    fields: dict[str, Any] = field(default_factory=dict)
    arrays: Arrays | None = None
    """None until the first subscription change: such a user has no arrays at all when read."""
    events: dict[str, Event] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.email or f"userId:{self.user_id}"


class Applied:
    """One state of a person's subscriptions, from this moment on."""

    __slots__ = ("at", "change", "state")

    def __init__(self, at: float, change: str, state: tuple[tuple[int, ...], ...] | None) -> None:
        self.at = at
        self.change = change
        self.state = state


class People:
    def __init__(self) -> None:
        self.everybody: dict[int, Profile] = {}
        """By id(profile), in the order of creation."""
        self.by_email: dict[str, Profile] = {}
        self.by_user_id: dict[str, list[Profile]] = {}
        self.event_owner: dict[str, Profile] = {}
        self.histories: dict[str, list[Applied]] = {}

    def find(self, email: str | None, user_id: str | None) -> Profile | None:
        if email and (profile := self.by_email.get(email)):
            return profile
        return next(iter(self.by_user_id.get(user_id, ())), None) if user_id else None

    def conflict(self, email: str | None, user_id: str | None) -> bool:
        """Both identifiers given, and they belong to two people, or the email's person has another id."""
        if not email or not user_id:
            return False
        first, second = self.find(email, None), self.find(None, user_id)
        if first is None or second is None:
            return first is not None and first.user_id is not None
        return first is not second

    def obtain(self, email: str | None, user_id: str | None, at: float) -> tuple[Profile, bool]:
        """The person, and whether they were created by this."""
        profile = self.find(email, user_id)
        created = profile is None
        if profile is None:
            profile = Profile(email, None, at, at)
            self.everybody[id(profile)] = profile
            if email:
                self.by_email[email] = profile
        elif email and profile.email is None:
            self.set_email(profile, email, at)
        if user_id and profile.user_id is None:
            self.set_user_id(profile, user_id)
        return profile, created

    def set_user_id(self, profile: Profile, user_id: str) -> None:
        if profile.user_id == user_id:
            return
        if profile.user_id:
            self._forget_user_id(profile)
        profile.user_id = user_id
        self.by_user_id.setdefault(user_id, []).append(profile)

    def set_email(self, profile: Profile, email: str, at: float) -> None:
        """In a userID project two people may share an address; a look-up by it finds the latest."""
        if profile.email and self.by_email.get(profile.email) is profile:
            del self.by_email[profile.email]
        if profile.email == email:
            return
        profile.email = email
        self.by_email[email] = profile
        self.record(profile, "email changed", at)

    def remove(self, profile: Profile, at: float) -> None:
        self.record(profile, "deleted", at)
        del self.everybody[id(profile)]
        if profile.email and self.by_email.get(profile.email) is profile:
            del self.by_email[profile.email]
        if profile.user_id:
            self._forget_user_id(profile)
        for event_id in profile.events:
            self.event_owner.pop(event_id, None)

    def record(self, profile: Profile, change: str, at: float) -> None:
        arrays = profile.arrays
        state = tuple(tuple(arrays[name]) for name in HISTORY_ARRAYS) if arrays is not None else None
        self.histories.setdefault(profile.key, []).append(Applied(at, change, state))

    def store_event(self, profile: Profile, event: Event) -> None:
        """An id names one event in the project: sent again, it takes the place of the first."""
        former = self.event_owner.get(event.id)
        if former is not None:
            del former.events[event.id]
        profile.events[event.id] = event
        self.event_owner[event.id] = profile

    def _forget_user_id(self, profile: Profile) -> None:
        user_id = profile.user_id or ""
        left = [p for p in self.by_user_id.get(user_id, []) if p is not profile]
        if left:
            self.by_user_id[user_id] = left
        else:
            self.by_user_id.pop(user_id, None)
