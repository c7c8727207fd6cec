"""What was sent to a person, newest first."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import Answer, Rate, Request, Route, bad_params, read_integer
from iterable_admin.sandbox.dates import write_epoch
from iterable_admin.sandbox.people.lookups import find_asked_for
from iterable_admin.sandbox.project.moments import read_range
from iterable_admin.sandbox.state import State

MOST, DEFAULT = 1000, 10
MEDIA = ("Email", "Push", "InApp", "SMS")


def get_sent_messages(state: State, request: Request) -> Answer:
    """A stranger was sent nothing."""
    most = read_integer(request.query.get("limit", str(DEFAULT)), "limit", 1, MOST)
    wanted = read_filter(request)
    profile = find_asked_for(state, request)
    found = [message for message in reversed(profile.messages if profile else []) if wanted.takes(message)]
    return Answer(200, {"messages": [describe(message) for message in found[:most]]})


class Filter:
    def __init__(self, campaigns: set[int], since: str, until: str, medium: str | None, blasts: bool) -> None:
        self._campaigns, self._since, self._until, self._medium, self._blasts = campaigns, since, until, medium, blasts

    def takes(self, message: dict[str, Any]) -> bool:
        return (
            (not self._campaigns or message["campaignId"] in self._campaigns)
            and self._since <= write_epoch(message["createdAt"]) < self._until
            and self._medium in (None, message.get("medium", "Email"))
            and (self._blasts or not message.get("blast", False))
        )


def read_filter(request: Request) -> Filter:
    """Campaign ids come repeated, or with commas; blasts among them are given even where blasts are excluded."""
    texts = ",".join(request.every.get("campaignIds", [])).split(",")
    campaigns = {read_integer(text, "campaignIds") for text in texts if text}
    medium = request.query.get("messageMedium") or None
    if medium not in (None, *MEDIA):
        raise bad_params("messageMedium must be one of " + ", ".join(MEDIA))
    without_blasts = request.query.get("excludeBlastCampaigns", "false").lower()
    if without_blasts not in ("true", "false"):
        raise bad_params("excludeBlastCampaigns must be true or false")
    return Filter(campaigns, *read_range(request.query), medium, bool(campaigns) or without_blasts == "false")


def describe(message: dict[str, Any]) -> dict[str, Any]:
    kept = {name: message[name] for name in ("messageId", "campaignId", "templateId")}
    return {**kept, "createdAt": write_epoch(message["createdAt"])}


ROUTES = [Route("GET", "/api/users/getSentMessages", get_sent_messages, Rate(3, 1))]
