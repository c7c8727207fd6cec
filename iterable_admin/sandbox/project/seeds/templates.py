"""One template a campaign, and two base templates that belong to none."""

from __future__ import annotations

from collections.abc import Iterable

from iterable_admin.sandbox.project.catalog import DAY, GITLAB_MARKETING, MADE_AT, Template, Wire
from iterable_admin.sandbox.project.seeds.journeys import CREATOR
from iterable_admin.sandbox.project.seeds.mails import FREE_MAILS, TRIAL_MAILS, Mail

SENDER = "info@mg.gitlab.com"
TRANSLATED = {TRIAL_MAILS[0].campaign: ("fr", "de", "ja")}
CLIENT_IDS = {TRIAL_MAILS[0].campaign: "saas-trial-welcome", FREE_MAILS[0].campaign: "free-user-welcome"}
_BASES = [
    (11_249_001, "Base: Onboarding Frame", "onboarding-frame"),
    (11_249_002, "Base: Newsletter Frame", "newsletter-frame"),
]


def seed_templates(campaigns: Iterable[tuple[Wire, Mail]]) -> list[Template]:
    found = [_of_campaign(campaign, mail) for campaign, mail in campaigns]
    return found + [_base(order, *row) for order, row in enumerate(_BASES)]


def _of_campaign(campaign: Wire, mail: Mail) -> Template:
    kind = "Blast" if campaign["type"] == "Blast" else "Workflow" if "workflowId" in campaign else "Triggered"
    listed = {
        "templateId": campaign["templateId"],
        "createdAt": campaign["createdAt"],
        "updatedAt": campaign["updatedAt"],
        "name": mail.name,
        "creatorUserId": CREATOR,
        "messageTypeId": mail.message_type,
        "campaignId": mail.campaign,
    }
    if mail.campaign in CLIENT_IDS:
        listed["clientTemplateId"] = CLIENT_IDS[mail.campaign]
    locales = ("", *TRANSLATED.get(mail.campaign, ()))
    return Template(kind, "Email", listed, {locale: _content(listed, mail.subject, locale) for locale in locales})


def _base(order: int, template_id: int, name: str, client_id: str) -> Template:
    listed = {
        "templateId": template_id,
        "createdAt": MADE_AT + order * DAY,
        "updatedAt": MADE_AT + order * DAY,
        "name": name,
        "creatorUserId": CREATOR,
        "messageTypeId": GITLAB_MARKETING,
        "clientTemplateId": client_id,
    }
    return Template("Base", "Email", listed, {"": _content(listed, "", "")})


def _content(listed: Wire, subject: str, locale: str) -> Wire:
    """As GET templates/email/get gives it."""
    text = f"{subject}\n{{{{unsubscribeUrl}}}}"
    return {
        "templateId": listed["templateId"],
        "name": listed["name"],
        "fromName": "GitLab",
        "fromEmail": SENDER,
        "replyToEmail": SENDER,
        "subject": subject,
        "preheaderText": "",
        "ccEmails": [],
        "bccEmails": [],
        "html": f'<html><body><p>{subject}</p><a href="{{{{unsubscribeUrl}}}}">Unsubscribe</a></body></html>',
        "plainText": text,
        "googleAnalyticsCampaignName": "iterable",
        "linkParams": [{"key": "utm_source", "value": "iterable"}],
        "dataFeedIds": [],
        "cacheDataFeed": False,
        "mergeDataFeedContext": False,
        "campaignDataFields": {},
        "locale": locale,
        "isDefaultLocale": locale == "",
        "messageTypeId": listed["messageTypeId"],
        "creatorUserId": listed["creatorUserId"],
        "metadata": dict(listed),
        **({"clientTemplateId": listed["clientTemplateId"]} if "clientTemplateId" in listed else {}),
    }
