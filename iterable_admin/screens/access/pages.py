"""The button on a contact's page: asked first, on record, and handed out as a download that rests nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from contacts.models import Contact
from iterable_admin.addresses import mask_email
from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.recording import record
from iterable_admin.screens.access.bundling import bundle, file_name
from iterable_admin.screens.access.gathering import gather

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

PERMISSION = "consent.export_person"
SENTENCE = (
    "Everything about this person, from every table here and from Iterable, comes as one zip file to this browser. "
    "Nothing is kept of it here. Hand it to nobody but the person, and delete it afterwards."
)


def export_contact(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, PERMISSION)
    contact = get_object_or_404(Contact.objects.exclude(email=""), pk=pk)
    back = reverse("admin:contacts_contact_change", args=[pk])
    question = Question(f"Export all about {mask_email(contact.email)}", SENTENCE, "Export", back)

    def act(answers: Mapping[str, Any]) -> HttpResponse:
        packed = packed_and_recorded(contact.email, request.user, answers["reason"])
        name = file_name(contact.address_key)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return HttpResponse(packed, content_type="application/zip", headers=headers)

    return ask_then_do(request, admin.site, question, act)


def packed_and_recorded(email: str, user: AbstractBaseUser | AnonymousUser | None, reason: str) -> bytes:
    gathered = gather(email)
    asked = "Iterable was not asked." if gathered["iterable"]["not_asked"] else "With what Iterable holds."
    record(user, "export", f"person {gathered['address_key'][:8]}", {}, 1, reason, asked)
    return bundle(gathered)
