"""The rules of who may be mailed, each with an anchor that a person's page links to where nothing on record is the cause."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from contacts.consent.resolver.rules import NOT_OBSERVED, RULES, SEND, SENTENCES
from iterable_admin.audit.asking import require

PERMISSION = "contacts.view_contact"


def rules_view(request: HttpRequest) -> HttpResponse:
    require(request, PERMISSION)
    context = {
        "title": "Who may be mailed, and why not",
        "rules": RULES,
        "send": SEND,
        "send_sentence": SENTENCES[SEND],
        "not_observed": NOT_OBSERVED,
        "not_observed_sentence": SENTENCES[NOT_OBSERVED],
    }
    return TemplateResponse(request, "admin/contacts/contact/rules.html", {**admin.site.each_context(request), **context})
