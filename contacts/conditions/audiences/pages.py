"""An audience's page, the difference between two of its days, and the people behind its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date

from contacts.conditions.audiences.counting import STAYS_KEPT
from contacts.conditions.audiences.differing import Difference, difference, people_behind
from contacts.conditions.audiences.explaining import WAYS
from contacts.conditions.models import AudienceCount, SavedAudience
from contacts.conditions.sql import count, people
from contacts.conditions.wording import in_words, lines
from contacts.models import Contact
from iterable_admin.audit.asking import require
from iterable_admin.audit.browsing import CappedPaginator
from iterable_admin.audit.recording import record
from iterable_admin.errors import Problem

VIEW, SEE_PEOPLE = "conditions.view_savedaudience", "conditions.see_audience_people"
A_PAGE = 50
SHOWN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Page:
    """`problem`: why it cannot be counted, and the mend. `lines`: a part each, with a mark for each level it stands below."""

    sentence: str
    lines: list[str]
    people: int | None
    counts: list[AudienceCount]
    days: list[date]
    problem: str = ""


def page_of(audience: SavedAudience) -> Page:
    counts = list(audience.counts.order_by("-day")[:SHOWN_DAYS])
    days = _days(audience)
    try:
        condition = audience.read()
        parts = [f"{'↳ ' * depth}{words}" for depth, words in lines(condition)]
        return Page(in_words(condition), parts, count(condition, timezone.now()), counts, days)
    except Problem as problem:
        return Page("", [], None, counts, days, str(problem))


def _days(audience: SavedAudience) -> list[date]:
    """Those that can be compared, newest first."""
    since = timezone.now().date() - STAYS_KEPT
    return list(audience.counts.filter(day__gte=since).order_by("-day").values_list("day", flat=True))


def difference_view(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, VIEW)
    audience = get_object_or_404(SavedAudience, pk=pk)
    days = _days(audience)
    found = _difference(request, audience)
    problem = "" if found or not request.GET else "Choose two days that were counted, the earlier one first."
    context = {
        "title": f"{audience}: what changed",
        "audience": audience,
        "days": days,
        "found": found,
        "problem": problem,
        "first": found.first.day if found else (days[1] if len(days) > 1 else None),
        "second": found.second.day if found else (days[0] if days else None),
        "may_see": request.user.has_perm(SEE_PEOPLE),
    }
    return _show(request, "difference", context)


def _difference(request: HttpRequest, audience: SavedAudience) -> Difference | None:
    first, second = (_day(request.GET.get(name, "")) for name in ("first", "second"))
    if first is None or second is None or first >= second or first < timezone.now().date() - STAYS_KEPT:
        return None
    return difference(audience, first, second)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def people_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom it is true of now, or those behind one number of a difference. Each look is written down."""
    require(request, SEE_PEOPLE)
    audience = get_object_or_404(SavedAudience, pk=pk)
    rows, sentence = _behind(request, audience) if request.GET.get("way") else _now(audience)
    page = cast("Any", CappedPaginator)(rows.order_by("-pk"), A_PAGE).get_page(request.GET.get("page"))
    shown = len(page.object_list)
    selection = {"audience": pk, "page": page.number, **{name: request.GET.get(name, "") for name in KEPT}}
    record(request.user, "view people", f"saved audience {audience}", selection, shown, "", f"{shown} people shown.")
    kept = {name: request.GET[name] for name in KEPT if name in request.GET}
    context = {"title": f"People of {audience}", "audience": audience, "page": page, "sentence": sentence, "kept": kept}
    return _show(request, "people", context)


KEPT = ("way", "row", "first", "second")


def _now(audience: SavedAudience) -> tuple[QuerySet[Contact], str]:
    try:
        return people(audience.read(), timezone.now()), "Who is in it now."
    except Problem as problem:
        return Contact.objects.none(), str(problem)


def _behind(request: HttpRequest, audience: SavedAudience) -> tuple[QuerySet[Contact], str]:
    """`row`: the place of the part in the difference, so that no value of a condition stands in an address."""
    found, way, place = _difference(request, audience), request.GET["way"], request.GET.get("row", "")
    if found is None or way not in WAYS:
        raise Http404
    rows = found.entered if way == "entered" else found.left
    if not (place.isascii() and place.isdecimal() and int(place[:9]) < len(rows)):
        raise Http404
    one = rows[int(place[:9])]
    words = f"Who {'came' if way == 'entered' else 'left'} between {found.first.day} and {found.second.day}: {one.part}."
    return people_behind(audience, way, found.first.day, found.second.day, (one.part, one.cause)), words


def _show(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    template = f"admin/conditions/savedaudience/{name}.html"
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
