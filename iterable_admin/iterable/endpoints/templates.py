"""/api/templates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from iterable_admin.iterable.answers import Answer
from iterable_admin.iterable.endpoints.group import Group
from iterable_admin.iterable.endpoints.whole_lists import all_pages, one
from iterable_admin.iterable.moments import sent_time
from iterable_admin.iterable.reads import EmailTemplate, Template
from iterable_admin.iterable.writes.given import given

LARGEST_PAGE = 1000


class Templates(Group):
    def all(
        self,
        *,
        template_type: str | None = None,
        message_medium: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        sort: str = "id",
    ) -> Iterator[Template]:
        """`template_type`: Base, Blast, Triggered or Workflow; `message_medium`: Email, Push, InApp or SMS.

        The times are those of creation; one on the very boundary may be missed, so start a second earlier.
        """
        query = {"pageSize": LARGEST_PAGE, "sort": sort} | given(
            templateType=template_type,
            messageMedium=message_medium,
            startDateTime=sent_time(start) if start else None,
            endDateTime=sent_time(end) if end else None,
        )
        return all_pages(partial(self._page, query), "templates", "totalTemplatesCount", Template.parse)

    def email(self, template_id: int, *, locale: str | None = None) -> EmailTemplate:
        """Refused or NotThere if there is none."""
        answer = self._get("/api/templates/email/get", query=given(templateId=template_id, locale=locale))
        return one(answer, "template", EmailTemplate.parse)

    def _page(self, query: dict[str, Any], number: int) -> Answer:
        return self._get("/api/templates", query=query | {"page": number})
