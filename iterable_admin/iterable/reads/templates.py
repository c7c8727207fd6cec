"""Templates, and what stands in those for emails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads.leniently import Json, number, text, texts


@dataclass(frozen=True, slots=True)
class Template:
    id: int
    name: str
    message_type_id: int | None
    creator_user_id: str
    created_at: datetime | None
    updated_at: datetime | None
    campaign_id: int | None
    client_template_id: str

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            id=int(body["templateId"]),
            name=text(body.get("name")),
            message_type_id=number(body.get("messageTypeId")),
            creator_user_id=text(body.get("creatorUserId")),
            # Described as text; milliseconds in life.
            created_at=moment(body.get("createdAt")),
            updated_at=moment(body.get("updatedAt")),
            campaign_id=number(body.get("campaignId")),
            client_template_id=text(body.get("clientTemplateId")),
        )


@dataclass(frozen=True, slots=True)
class EmailTemplate:
    id: int
    name: str
    subject: str
    preheader_text: str
    from_name: str
    from_email: str
    reply_to_email: str
    cc_emails: list[str]
    bcc_emails: list[str]
    html: str
    plain_text: str
    message_type_id: int | None
    locale: str
    is_default_locale: bool | None
    client_template_id: str
    body: dict[str, Any]
    """All of it, with data feeds, link parameters and metadata."""

    @classmethod
    def parse(cls, body: Json) -> Self:
        default = body.get("isDefaultLocale")
        return cls(
            id=int(body["templateId"]),
            name=text(body.get("name")),
            subject=text(body.get("subject")),
            preheader_text=text(body.get("preheaderText")),
            from_name=text(body.get("fromName")),
            from_email=text(body.get("fromEmail")),
            reply_to_email=text(body.get("replyToEmail")),
            cc_emails=texts(body.get("ccEmails")),
            bcc_emails=texts(body.get("bccEmails")),
            html=text(body.get("html")),
            plain_text=text(body.get("plainText")),
            message_type_id=number(body.get("messageTypeId")),
            locale=text(body.get("locale")),
            is_default_locale=default if isinstance(default, bool) else None,
            client_template_id=text(body.get("clientTemplateId")),
            body=dict(body),
        )
