"""Iterable's API as typed calls, grouped as Iterable groups them: `client.users.update(...)`.

Each method sends exactly one request (one a page where there are pages, and then as the pages are asked for) and never
retries.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.endpoints.campaigns import Campaigns
from iterable_admin.iterable.endpoints.channels import Channels, MessageTypes
from iterable_admin.iterable.endpoints.events import Events
from iterable_admin.iterable.endpoints.exports import Exports
from iterable_admin.iterable.endpoints.journeys import Journeys
from iterable_admin.iterable.endpoints.lists import Lists
from iterable_admin.iterable.endpoints.passing import Passing
from iterable_admin.iterable.endpoints.subscriptions import Subscriptions
from iterable_admin.iterable.endpoints.templates import Templates
from iterable_admin.iterable.endpoints.users import Users
from iterable_admin.iterable.endpoints.webhooks import Webhooks
from iterable_admin.iterable.identity import ProjectType
from iterable_admin.iterable.limits import Limiter
from iterable_admin.iterable.transport import Transport

# A key belongs to one project in one data centre and works only there.
US = "https://api.iterable.com"
EU = "https://api.eu.iterable.com"

PROJECT_TYPES = tuple(kind.value for kind in ProjectType)


class IterableClient:
    """Safe to share between threads. Its errors are IterableErrors, each with the Call it came from."""

    # Also of one that was not made, so that an error page can show it.
    base_url = US
    project_type = ProjectType.EMAIL

    def __init__(
        self,
        api_key: str,
        base_url: str = US,
        *,
        project_type: str = ProjectType.EMAIL,
        timeout: tuple[float, float] = (5, 30),
        limiter: Limiter | None = None,
    ) -> None:
        """`timeout`: seconds to connect, and seconds of silence while reading."""
        self.base_url = base_url
        self.project_type = _checked_type(project_type, base_url)
        self._transport = Transport(api_key, base_url, timeout, limiter)
        way = (self._transport, self.project_type)
        self.users = Users(*way)
        self.passing = Passing(*way)
        self.events = Events(*way)
        self.subscriptions = Subscriptions(*way)
        self.journeys = Journeys(*way)
        self.lists = Lists(*way)
        self.channels = Channels(*way)
        self.message_types = MessageTypes(*way)
        self.campaigns = Campaigns(*way)
        self.templates = Templates(*way)
        self.webhooks = Webhooks(*way)
        self.exports = Exports(*way)

    def __repr__(self) -> str:
        return f"IterableClient({urlsplit(self.base_url).hostname}, project_type={self.project_type.value})"


def _checked_type(project_type: str, base_url: str) -> ProjectType:
    if project_type not in PROJECT_TYPES:
        raise Misconfigured(f"ITERABLE_PROJECT_TYPE is one of {', '.join(PROJECT_TYPES)}.")
    if project_type == ProjectType.EMAIL and urlsplit(base_url).hostname == urlsplit(EU).hostname:
        raise Misconfigured(
            "ITERABLE_PROJECT_TYPE is email and ITERABLE_BASE_URL the EU data centre, which has no email-based projects:"
            " set ITERABLE_PROJECT_TYPE to hybrid or userid, or ITERABLE_BASE_URL to the data centre of the project."
        )
    return ProjectType(project_type)
