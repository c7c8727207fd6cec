"""System webhooks as they are set up: where they post, with what authorisation, about which sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

FIRST_ID = 53_761
AUTH_TYPES = ("NoAuth", "Basic", "OAuth2")


@dataclass(slots=True)
class Hook:
    id: int
    endpoint: str
    enabled: bool = False
    auth_type: str = "NoAuth"
    token: str = ""
    blast_sends: bool = True
    triggered_sends: bool = True
    headers: list[dict[str, str]] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "endpoint": self.endpoint,
            "enabled": self.enabled,
            "authType": self.auth_type,
            "blastSendEnabled": self.blast_sends,
            "triggeredSendEnabled": self.triggered_sends,
        }

    def wants(self, event: str, blast: bool) -> bool:
        """The two switches are about sends alone."""
        if not self.enabled or not event.endswith("Send"):
            return self.enabled
        return self.blast_sends if blast else self.triggered_sends

    def request_headers(self) -> dict[str, str]:
        """Basic sends the token bare, without the word; OAuth2 with it."""
        sent = {"Content-Type": "application/json"} | {header["key"]: header["value"] for header in self.headers}
        if self.auth_type != "NoAuth":
            sent["Authorization"] = self.token if self.auth_type == "Basic" else f"OAuth2 {self.token}"
        return sent


def seed_hooks(url: str | None, token: str | None) -> list[Hook]:
    """One; switched off, and at an address that nobody answers, unless a URL is given. ValueError for an unfit one."""
    if url is None:
        return [Hook(FIRST_ID, "https://marketing.example.com/api/v1/webhooks/iterable/")]
    check_endpoint(url)
    return [Hook(FIRST_ID, url, True, "Basic" if token else "NoAuth", token or "")]


def check_endpoint(url: str) -> None:
    """https, as Iterable demands; http is for loopback alone."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.port == 0 or not host or any(ord(letter) <= 32 or ord(letter) > 126 for letter in url):
        raise ValueError(f"webhook endpoint is not a URL: {url}")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError(f"webhook endpoint must be https, or http to loopback: {url}")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
