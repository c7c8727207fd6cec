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


@dataclass(slots=True, eq=False)
class Profile:
    email: str | None
    user_id: str | None
    created_at: float
    updated_at: float
    fields: dict[str, Any] = field(default_factory=dict)
    arrays: Arrays | None = None
    """None until the first subscription change: such a user has no arrays at all when read."""
    events: dict[str, Event] = field(default_factory=dict)
    system_events: list[dict[str, Any]] = field(default_factory=list)
    """As GET events gives them, oldest first: flat, with eventType, and createdAt as text."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """Sent to the person, oldest first: messageId, campaignId, templateId, createdAt in seconds, medium, blast."""

    @property
    def identity(self) -> dict[str, str]:
        """As answers and events name the person: only by what there is."""
        named = {"email": self.email, "userId": self.user_id}
        return {name: value for name, value in named.items() if value is not None}

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
        self.sharers: dict[str, list[Profile]] = {}
        """Whoever held an address before its holder in `by_email`: two may share one in a userID project."""
        self.forgotten_emails: dict[str, None] = {}
        self.forgotten_user_ids: dict[str, None] = {}
        self.event_owner: dict[str, Profile] = {}
        self.histories: dict[str, list[Applied]] = {}

    def find(self, email: str | None, user_id: str | None) -> Profile | None:
        if email and (profile := self.by_email.get(email)):
            return profile
        return next(iter(self.by_user_id.get(user_id, ())), None) if user_id else None

    def conflict(self, email: str | None, user_id: str | None) -> str | None:
        """Both identifiers given, and one of them belongs to somebody with another: the failure list that names it."""
        if not email or not user_id:
            return None
        first, second = self.by_email.get(email), self.find(None, user_id)
        if first is second:
            return None
        if first is not None and (second is not None or first.user_id is not None):
            return "conflictEmails"
        return "conflictUserIds" if second is not None and second.email is not None else None

    def admits(self, email: str | None, user_id: str | None) -> bool:
        """Whether a write accepted before may still be applied: who was forgotten meanwhile takes no more."""
        forgotten = email in self.forgotten_emails or user_id in self.forgotten_user_ids
        return not forgotten and not self.conflict(email, user_id)

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
            self._leave_user_id(profile)
        profile.user_id = user_id
        self.by_user_id.setdefault(user_id, []).append(profile)

    def set_email(self, profile: Profile, email: str, at: float) -> None:
        """In a userID project two people may share an address; a look-up by it finds the latest."""
        if profile.email == email:
            return
        self._leave_email(profile)
        if former := self.by_email.get(email):
            self.sharers.setdefault(email, []).append(former)
        profile.email = email
        self.by_email[email] = profile
        self.record(profile, "email changed", at)

    def remove(self, profile: Profile, at: float) -> None:
        self.record(profile, "deleted", at)
        del self.everybody[id(profile)]
        self._leave_email(profile)
        if profile.user_id:
            self._leave_user_id(profile)
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

    def _leave_email(self, profile: Profile) -> None:
        email = profile.email
        if email is None:
            return
        others = self.sharers.get(email, [])
        if self.by_email.get(email) is not profile:
            others.remove(profile)
        elif others:
            self.by_email[email] = others.pop()
        else:
            del self.by_email[email]

    def _leave_user_id(self, profile: Profile) -> None:
        user_id = profile.user_id or ""
        left = [p for p in self.by_user_id.get(user_id, []) if p is not profile]
        if left:
            self.by_user_id[user_id] = left
        else:
            self.by_user_id.pop(user_id, None)
