"""The page itself. An address is posted, never put into the page's own address; a contact is named there by its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from contacts.models import Contact
from iterable_admin.audit.asking import require
from iterable_admin.audit.recording import record
from iterable_admin.screens.contact.moments import Asked, moment_asked
from iterable_admin.screens.why.form import JOURNEY, TYPE, About, WhyForm, about_of
from iterable_admin.screens.why.showing import Showing, tests_in
from journeys.definition.described import what_counts
from journeys.models import Journey, JourneyVersion
from journeys.why.checklist import Explained, Way
from journeys.why.naming import NOT_DESCRIBED
from journeys.why.of_message_type import explain
from journeys.why.person import Person, person_of
from journeys.why.way import walk

PERMISSION, OF_JOURNEYS = "contacts.view_contact", "journeys.view_journey"
TEMPLATE = "admin/why/page.html"


@dataclass(frozen=True, slots=True)
class Answered:
    """`problem`: why nothing is explained."""

    subject: str
    found: Explained | Way | None = None
    version: JourneyVersion | None = None
    journey: Journey | None = None
    problem: str = ""


def why_view(request: HttpRequest) -> HttpResponse:
    require(request, PERMISSION)
    may = request.user.has_perm(OF_JOURNEYS)
    if request.method != "POST":
        return _linked(request, journeys=may)
    form = WhyForm(request.POST, journeys=may)
    if not form.is_valid():
        return _show(request, form)
    told = form.cleaned_data
    moment = moment_asked(told["at"])
    contact = Contact.objects.filter(email=told["email"]).first()
    if contact and not moment.problem:
        asked = {"contact": contact.pk, "about": told["about"], **({"at": told["at"]} if moment.at else {})}
        return HttpResponseRedirect(f"{reverse('why')}?{urlencode(asked)}")
    return _answer(request, form, told["email"], told["about"], moment)


def _linked(request: HttpRequest, *, journeys: bool) -> HttpResponse:
    """By the address of the page: a contact's id, what is asked about, the moment; each may lack."""
    told = {name: request.GET.get(name, "") for name in ("contact", "about", "at")}
    number = told["contact"]
    contact = Contact.objects.filter(pk=number).first() if number.isascii() and number.isdecimal() and len(number) < 19 else None
    email = contact.email if contact else ""
    form = WhyForm(journeys=journeys, initial={"email": email, "about": told["about"], "at": told["at"]})
    missing = form.missing(told["about"])
    if missing or not email or not told["about"]:
        return _show(request, form, missing=missing)
    return _answer(request, form, email, told["about"], moment_asked(told["at"]))


def _answer(request: HttpRequest, form: WhyForm, email: str, about: str, moment: Asked) -> HttpResponse:
    """Each answer is written down: it is a look at one person."""
    wanted = about_of(about)
    person = person_of(email, moment.at)
    answered = _answered(request, person, wanted) if wanted else None
    if answered is None:
        return _show(request, form)
    contact = person.contact
    selection = {"contact": contact.pk if contact else None, "about": about, "at": person.at.isoformat() if person.at else ""}
    subject = f"why contact {contact.pk} gets {answered.subject}" if contact else f"why somebody unknown gets {answered.subject}"
    record(request.user, "view", subject, selection, 1, "Why, or why not")
    shown: dict[str, Any] = {"person": person, "contact": contact, "answered": answered, "moment": moment, "about": about}
    if answered.found is not None:
        shown |= _shown(Showing(request.user, tests_in(answered.found), contact.created_at if contact else None), answered.found)
    return _show(request, form, **shown)


def _shown(showing: Showing, found: Explained | Way) -> dict[str, Any]:
    if isinstance(found, Explained):
        return {"shown": showing.explained(found)}
    way = showing.way(found)
    return {"shown": way.entry, "way": way}


def _answered(request: HttpRequest, person: Person, wanted: About) -> Answered | None:
    kind, number = wanted
    if kind == TYPE:
        message_type = next((one for one in person.types if one.pk == number), None)
        return Answered(message_type.name, explain(person, message_type)) if message_type else None
    if kind != JOURNEY or not request.user.has_perm(OF_JOURNEYS):
        return None
    journey = Journey.objects.filter(pk=number).first()
    if journey is None:
        return None
    found = what_counts(journey)
    if found is None:
        return Answered(journey.name, journey=journey, problem=NOT_DESCRIBED.format(journey))
    if found.graph is None:
        return Answered(journey.name, journey=journey, problem=f"{capfirst(str(found.version))}: {found.problem}")
    return Answered(journey.name, walk(person, journey.name, found.graph), found.version)


def _show(request: HttpRequest, form: WhyForm, **shown: Any) -> HttpResponse:
    answered: Answered | None = shown.get("answered")
    title = f"Why, or why not: {answered.subject}" if answered else "Why, or why not"
    return TemplateResponse(request, TEMPLATE, {**admin.site.each_context(request), "title": title, "form": form, **shown})
