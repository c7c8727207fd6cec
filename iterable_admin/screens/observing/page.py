"""The page of observe mode, for running beside Workato and Hightouch before the cut-over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from contacts.sync.models import ComparedEvent, ComparedPerson, ObserveComparison
from contacts.sync.observing.starting import people_to_compare, people_to_sample, start_comparison
from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.audit.pills import pill
from iterable_admin.audit.recording import record
from iterable_admin.iterable.limits import limit_of
from iterable_admin.outbox.event_reading import ENDPOINT as EVENTS_ENDPOINT
from iterable_admin.outbox.limits import rate_of
from iterable_admin.outbox.models import SendingSwitch
from iterable_admin.outbox.profile_reading import ENDPOINT
from iterable_admin.outbox.switching import current, mode
from iterable_admin.screens.observing.figures import WIDTH, by_event, by_field, event_verdicts, told, verdicts, would_send
from iterable_admin.screens.observing.people import Choice, named, page_of, people_of

VIEW, COMPARE = "sync.view_observecomparison", "sync.compare_observed"
DAYS = (1, 7, 30)
USUAL_DAYS, USUAL_MOST = 7, 1_000
MOST = (100, 1_000, 10_000, 100_000)
EARLIER = 5
TEMPLATE = "admin/observing/page.html"
MODES = {
    SendingSwitch.Mode.OBSERVE: "Nothing leaves: everything is decided and stored as what we would send.",
    SendingSwitch.Mode.LIVE: "Sending is live: what is decided leaves, and nothing new is added here.",
    SendingSwitch.Mode.PAUSED: "Sending is paused: only withdrawals leave, the rest waits, and nothing new is added here.",
}


class CompareForm(ReasonForm):
    days = forms.TypedChoiceField(
        choices=[(days, f"the last {days} days" if days > 1 else "the last day") for days in DAYS],
        coerce=int,
        initial=USUAL_DAYS,
        label="What would have been sent in",
    )
    most = forms.TypedChoiceField(
        choices=[(most, f"{most:,} people") for most in MOST],
        coerce=int,
        initial=USUAL_MOST,
        label="At most",
        help_text="Those of the newest deliveries. One call to Iterable for each, and one more for the events of the newest.",
    )
    field_order = ("days", "most", "reason")


def observe_view(request: HttpRequest) -> HttpResponse:
    require(request, VIEW)
    days = _choice(request.GET.get("days", ""), DAYS, USUAL_DAYS)
    comparison = _asked_for(request)
    switch = mode(current())
    context = {
        "title": "Observe mode",
        "switch": pill(switch.value, switch.value),
        "switch_says": MODES[switch],
        "days": days,
        "all_days": DAYS,
        "would_send": would_send(days),
        "may_compare": request.user.has_perm(COMPARE),
        "comparison": comparison,
        "earlier": ObserveComparison.objects.order_by("-id")[:EARLIER],
        "full_width": WIDTH,
        **(_compared(request, comparison) if comparison else {}),
    }
    return TemplateResponse(request, TEMPLATE, {**admin.site.each_context(request), **context})


def _choice(asked: str, offered: tuple[int, ...], usual: int) -> int:
    return {str(one): one for one in offered}.get(asked, usual)


def _asked_for(request: HttpRequest) -> ObserveComparison | None:
    """The newest, unless another is named."""
    rows = ObserveComparison.objects.select_related("started_by").order_by("-id")
    number = request.GET.get("comparison", "")
    if number.isascii() and number.isdecimal() and len(number) < 19:
        return rows.filter(pk=int(number)).first()
    return rows.first()


def _compared(request: HttpRequest, comparison: ObserveComparison) -> dict[str, Any]:
    choice = _chosen(request)
    page = page_of(people_of(comparison, choice), request.GET.get("page"))
    people = named(list(page.object_list))
    if people:
        _note_look(request, {"comparison": comparison.pk, **choice.query, "page": page.number}, len(people))
    return {
        "progress": told(comparison),
        "state": pill(comparison.state, comparison.get_state_display()),
        "verdicts": verdicts(comparison),
        "fields": by_field(comparison),
        "event_verdicts": event_verdicts(comparison),
        "event_names": by_event(comparison),
        "choice": choice,
        "chosen": urlencode(choice.query),
        "page": page,
        "people": people,
    }


def _chosen(request: HttpRequest) -> Choice:
    asked = {key: request.GET.get(key, "")[:255] for key in ("verdict", "field", "event", "name")}
    verdict = asked["verdict"] if asked["verdict"] in ComparedPerson.Verdict.values else ComparedPerson.Verdict.DIFFER.value
    event = asked["event"] if asked["event"] in ComparedEvent.Verdict.values else ""
    return Choice(verdict, asked["field"], event, asked["name"] if event else "")


def _note_look(request: HttpRequest, selection: dict[str, Any], number: int) -> None:
    """Each look at the people behind a count is written down."""
    subject = f"comparison {selection['comparison']} in observe mode"
    record(request.user, "view people", subject, selection, number, "", f"{number} people shown.")


def progress_view(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, VIEW)
    return JsonResponse(told(get_object_or_404(ObserveComparison, pk=pk)))


def compare_view(request: HttpRequest) -> HttpResponse:
    require(request, COMPARE)
    question = Question(
        title="Compare what would be sent with Iterable",
        sentence=(
            "A worker reads the profile of each person in Iterable, one call each, and compares it with what we would send. "
            "Of the newest it reads the events, too. "
            "Nothing in Iterable is changed. The calls keep within the rate limit that everybody here shares."
        ),
        submit="Compare now",
        back=reverse("observe"),
        notes=[_cost(days) for days in DAYS],
    )

    def act(answers: Mapping[str, Any]) -> str:
        made = start_comparison(request.user, answers["reason"], days=answers["days"], most=answers["most"])
        return f"Started {made}. This page shows how far it is."

    return ask_then_do(request, admin.site, question, act, CompareForm)


def _cost(days: int) -> str:
    people, exact = people_to_compare(days)
    events = people_to_sample(days)
    many = f"{people:,}" if exact else f"more than {people:,}"
    seconds = max(1, round(people / rate_of(limit_of(ENDPOINT)) + events / rate_of(limit_of(EVENTS_ENDPOINT))))
    period = f"In the last {days} days" if days > 1 else "In the last day"
    more = f", and one more for the events of {events:,} of them" if events else ""
    return f"{period}: {many} people to compare, one call each{more}: {seconds:,} s at least."
