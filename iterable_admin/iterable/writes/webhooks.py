"""What is to change about a system webhook; a new one is made in Iterable's own pages only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from iterable_admin.iterable.writes.given import given


@dataclass(frozen=True, slots=True)
class WebhookEdit:
    """None leaves a setting as it is."""

    id: int
    endpoint: str | None = None
    """https only."""
    enabled: bool | None = None
    auth_type: Literal["NoAuth", "Basic", "OAuth2"] | None = None
    auth_token: str | None = field(default=None, repr=False)
    headers: dict[str, str] | None = field(default=None, repr=False)
    blast_send_enabled: bool | None = None
    triggered_send_enabled: bool | None = None

    @property
    def secrets(self) -> list[str]:
        return [found for found in (self.auth_token, *(self.headers or {}).values()) if found]

    def as_json(self) -> dict[str, Any]:
        headers = [{"key": name, "value": value} for name, value in (self.headers or {}).items()]
        return given(
            id=self.id,
            endpoint=self.endpoint,
            enabled=self.enabled,
            authType=self.auth_type,
            authToken=self.auth_token,
            headers=None if self.headers is None else headers,
            blastSendEnabled=self.blast_send_enabled,
            triggeredSendEnabled=self.triggered_send_enabled,
        )
