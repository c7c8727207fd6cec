"""People who were forgotten, and the page on which one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from contacts.consent.erasing.forgetting import footprint
from contacts.consent.erasing.next_steps import next_step, next_step_elsewhere, state_of
from contacts.consent.erasing.operating import PERMISSION, forget_here_too, forget_person, send_again, unsent
from contacts.consent.erasing.reconciling import reconcile
from contacts.consent.erasing.traces import Person
from contacts.consent.models import Erasure, ForgottenElsewhere
from contacts.models import Contact
from iterable_admin.addresses import address_key, is_email, mask_email, normalise_email
from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.audit.operating import Operated, Operation
from iterable_admin.audit.pills import moment, pill
from iterable_admin.audit.recording import record

LIST = "admin:consent_erasure_changelist"
SENTENCE = (
    "Iterable forgets this person for good; here their addresses, payloads and excerpts are blanked, their contact is removed, "
    "and no later event or sync brings them back. This cannot be undone. Withdrawals and dates stay, without the address."
)
SEND_AGAIN = Operation(
    name="send_again",
    label="Send again",
    permission=PERMISSION,
    sentence="The order to forget these people goes to Iterable again at once.",
    left_alone="Only an order that Iterable has not taken, and that waits for somebody, has its address yet.",
    fit=unsent,
    act=lambda rows, _user, _reason: send_again(rows),
)
FORGET_HERE = Operation(
    name="forget_here",
    label="Forget here too",
    permission=PERMISSION,
    sentence=SENTENCE,
    left_alone="Of the others we know no contact.",
    fit=lambda rows: rows.exclude(address_key=""),
    act=forget_here_too,
)


class ForgetForm(ReasonForm):
    email = forms.CharField(max_length=254, label="Address", widget=forms.EmailInput(attrs={"autocomplete": "off", "size": 40}))
    field_order = ("email", "reason")

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])
        if not is_email(email):
            raise forms.ValidationError("This is not an email address.")
        return email


@admin.register(Erasure)
class ErasureAdmin(Operated):
    operations = (SEND_AGAIN,)
    list_display = ("id", "requested", "verdict", "what_next", "requested_by", "reason", "confirmed")
    list_display_links = ("id", "requested")
    list_filter = (("requested_at", admin.DateFieldListFilter), ("confirmed_at", admin.EmptyFieldListFilter))
    ordering = ("-id",)
    search_words = ("address_key", "iterable_hash")
    search_numbers = ("id",)
    search_help_text = "An address, its key, or Iterable's hash. No address is kept."
    change_list_template = "admin/buttons_change_list.html"
    change_form_template = "admin/consent/erasure/change_form.html"
    fields = (
        *("id", "requested", "requested_by", "reason", "verdict", "what_next", "accepted", "confirmed", "blanked_rows"),
        *("blanked_when", "address_key", "iterable_hash"),
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("forget/", wrap(self.forget_somebody), name="consent_erasure_forget"),
            path("forget/<int:contact_pk>/", wrap(self.forget_contact), name="consent_erasure_forget_contact"),
            path("compare/", wrap(self.compare), name="consent_erasure_compare"),
            *super().get_urls(),
        ]

    def match(self, term: str) -> Q:
        """An address is looked for by the key that is left of it."""
        return Q(address_key=address_key(normalise_email(term))) if "@" in term else super().match(term)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        buttons = [
            ("Forget a person …", reverse("admin:consent_erasure_forget")),
            ("Compare with Iterable now …", reverse("admin:consent_erasure_compare")),
        ]
        offered = buttons if request.user.has_perm(PERMISSION) else []
        return super().changelist_view(request, {"buttons": offered, **(extra_context or {})})

    def forget_somebody(self, request: HttpRequest) -> HttpResponse:
        """By an address that is typed: also of somebody who is no contact, or once more."""
        require(request, PERMISSION)
        question = Question("Forget a person", SENTENCE, "Forget this person", reverse(LIST))

        def act(answers: Mapping[str, Any]) -> str:
            return _told(forget_person(answers["email"], request.user, answers["reason"]))

        return ask_then_do(request, self.admin_site, question, act, ForgetForm)

    def forget_contact(self, request: HttpRequest, contact_pk: int) -> HttpResponse:
        require(request, PERMISSION)
        contact = Contact.objects.filter(pk=contact_pk).exclude(email="").first()
        email = contact.email if contact else ""
        found = footprint(Person.at(email)) if contact else {}
        question = Question(
            title=f"Forget {mask_email(email)}" if contact else "This contact is gone",
            sentence=SENTENCE,
            submit="Forget this person",
            back=reverse("admin:contacts_contact_changelist"),
            count=1 if contact else 0,
            notes=[f"{number:,} {name}" for name, number in found.items() if number],
        )

        def act(answers: Mapping[str, Any]) -> str:
            return _told(forget_person(email, request.user, answers["reason"])) if contact else "There was nobody to forget."

        return ask_then_do(request, self.admin_site, question, act)

    def compare(self, request: HttpRequest) -> HttpResponse:
        require(request, PERMISSION)
        sentence = "Iterable's list of forgotten people is read and compared with ours; nothing is forgotten by that."
        question = Question("Compare with Iterable now", sentence, "Compare", reverse(LIST))

        def act(answers: Mapping[str, Any]) -> str:
            told = str(reconcile())
            record(request.user, "compare", "erasures", {}, 1, answers["reason"], told)
            return told

        return ask_then_do(request, self.admin_site, question, act)

    @admin.display(description="asked for", ordering="requested_at")
    def requested(self, erasure: Erasure) -> str:
        return moment(erasure.requested_at)

    @admin.display(description="state")
    def verdict(self, erasure: Erasure) -> SafeString:
        return pill(*state_of(erasure))

    @admin.display(description="what happens next")
    def what_next(self, erasure: Erasure) -> str:
        return next_step(erasure)

    @admin.display(description="taken by Iterable")
    def accepted(self, erasure: Erasure) -> str:
        return moment(erasure.accepted_at)

    @admin.display(description="confirmed by Iterable", ordering="confirmed_at")
    def confirmed(self, erasure: Erasure) -> str:
        return moment(erasure.confirmed_at)

    @admin.display(description="blanked at")
    def blanked_when(self, erasure: Erasure) -> str:
        return moment(erasure.blanked_at)

    @admin.display(description="blanked or removed")
    def blanked_rows(self, erasure: Erasure) -> str:
        return ", ".join(f"{number:,} {name}" for name, number in erasure.blanked.items() if number) or "nothing was kept of them"


def _told(erasure: Erasure) -> str:
    return f"{erasure}. Iterable is told by a worker, and confirms within a day."


@admin.register(ForgottenElsewhere)
class ForgottenElsewhereAdmin(Operated):
    operations = (FORGET_HERE,)
    list_display = ("id", "first_seen", "kind", "whom", "what_next", "iterable_hash")
    list_filter = (("address_key", admin.EmptyFieldListFilter), "kind")
    ordering = ("-id",)
    search_words = ("address_key", "iterable_hash")
    search_numbers = ("id",)
    fields = ("id", "first_seen", "kind", "whom", "what_next", "iterable_hash", "address_key")
    readonly_fields = fields

    @admin.display(description="first seen", ordering="first_seen_at")
    def first_seen(self, row: ForgottenElsewhere) -> str:
        return moment(row.first_seen_at)

    @admin.display(description="known here", ordering="address_key")
    def whom(self, row: ForgottenElsewhere) -> str:
        return f"! a contact of ours ({row.address_key[:8]})" if row.address_key else "- nobody we know"

    @admin.display(description="who acts next")
    def what_next(self, row: ForgottenElsewhere) -> str:
        return next_step_elsewhere(row)
