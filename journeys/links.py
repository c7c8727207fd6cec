"""The ids in a link that somebody pasted from Iterable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

APP, APP_EU = "app.iterable.com", "app.eu.iterable.com"
HOSTS = {APP, APP_EU}
PATHS = {
    "workflow_id": re.compile(r"/(?:workflows|journeys)/(\d{1,18})(?:/|$)"),
    "campaign_id": re.compile(r"/campaigns/(?:manage/|edit/)?(\d{1,18})(?:/|$)"),
    "template_id": re.compile(r"/templates/(?:editor/|edit/)?(\d{1,18})(?:/|$)"),
}
QUERY = {"folderId": "folder_id", "templateId": "template_id", "campaignId": "campaign_id", "workflowId": "workflow_id"}


class NotIterable(ValueError):
    """Its text names the mend."""


@dataclass(frozen=True, slots=True)
class Link:
    workflow_id: int | None = None
    folder_id: int | None = None
    campaign_id: int | None = None
    template_id: int | None = None


def parse(url: str) -> Link:
    """Raises NotIterable for anything that is no page of Iterable's own, or names nothing."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise NotIterable("This is no link: copy it from Iterable's address bar.") from None
    if parts.scheme != "https" or parts.hostname not in HOSTS or parts.username or parts.port not in (None, 443):
        raise NotIterable(
            "This is no link into Iterable: it starts with https://app.iterable.com/ or https://app.eu.iterable.com/."
        )
    found = {name: int(match[1]) for name, pattern in PATHS.items() if (match := pattern.search(parts.path))}
    for key, values in parse_qs(parts.query).items():
        if key in QUERY and values[0].isdecimal() and len(values[0]) <= 18:
            found.setdefault(QUERY[key], int(values[0]))
    if not found:
        raise NotIterable("This link names no journey, folder, campaign or template: open one in Iterable and copy its address.")
    return Link(**found)


def to_workflow(workflow_id: int, base_url: str) -> str:
    """The page of a journey in the app that belongs to the API of `base_url`: each data centre has its own."""
    host = APP_EU if urlsplit(base_url).hostname == "api.eu.iterable.com" else APP
    return f"https://{host}/workflows/{workflow_id}/edit?mode=beta&workflowType=Published"
