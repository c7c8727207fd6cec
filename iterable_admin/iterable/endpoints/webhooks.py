"""/api/webhooks: system webhooks, to be listed and edited; they are made in Iterable's own pages."""

from __future__ import annotations

from iterable_admin.iterable.endpoints.group import Group
from iterable_admin.iterable.endpoints.whole_lists import entries, parsed
from iterable_admin.iterable.reads import Webhook
from iterable_admin.iterable.writes import WebhookEdit


class Webhooks(Group):
    def all(self) -> list[Webhook]:
        return entries(self._get("/api/webhooks"), "webhooks", Webhook.parse)

    def edit(self, edit: WebhookEdit) -> Webhook:
        """As it is afterwards; it takes a while until Iterable calls it so."""
        answer = self._transport.send("POST", "/api/webhooks", body=edit.as_json(), secrets=edit.secrets)
        return parsed(answer, "webhook", Webhook.parse)
