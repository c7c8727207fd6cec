"""The page of one version: its state and who acts next, the drawing, the list, what differs, and what was done to it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.safestring import SafeString

from contacts.conditions.reading import Unreadable
from iterable_admin.audit.models import OperatorAction
from iterable_admin.audit.pills import moment_text, pill
from journeys.definition.blocking import findings_of
from journeys.definition.describing import as_list, start_words
from journeys.definition.differing import differences, in_sentence
from journeys.definition.drawing import mermaid, picture
from journeys.definition.graph import Graph
from journeys.definition.models import JourneyVersion
from journeys.definition.pages.acting import offered
from journeys.lint.models import LintFinding
from journeys.lint.settling import GRAVITY
from journeys.lint.wording import pill_of

State = JourneyVersion.State
PILLS = {State.DRAFT: "planned", State.IN_REVIEW: "waiting", State.APPROVED: "done", State.SUPERSEDED: "dismissed"}
MOST_ACTIONS, MOST_VERSIONS, MOST_FINDINGS = 50, 50, 100


def state_pill(version: JourneyVersion) -> SafeString:
    return pill(PILLS[State(version.state)], version.get_state_display())


def drift_pill(version: JourneyVersion) -> str:
    """Described, verified on a day, or drifted: never that it is what Iterable does."""
    if version.drifted:
        return pill("differ", "drifted")
    return pill("agree", f"verified on {version.verified_on}") if version.verified_on else pill("absent", "described")


def version_page(version: JourneyVersion, user: User | AnonymousUser, against: str) -> dict[str, Any]:
    sees = user.has_perm("journeys.view_lintfinding")
    findings = _worst_first(list(findings_of(version)[:MOST_FINDINGS]))
    others = list(version.journey.versions.exclude(pk=version.pk).order_by("-number")[:MOST_VERSIONS])
    other = next((one for one in others if str(one.pk) == against), None) or _before(version, others)
    return {
        "state": state_pill(version),
        "drift": drift_pill(version),
        "sentences": [described_words(version), next_words(version, findings)],
        "deeds": offered(version, user),
        "findings": [(pill_of(row), row) for row in findings] if sees else [],
        "sees_findings": sees,
        "others": others,
        "other": other,
        "history": OperatorAction.objects.filter(subject=str(version)[:200]).order_by("-at", "-id")[:MOST_ACTIONS],
        **_told(version, other),
    }


def _told(version: JourneyVersion, other: JourneyVersion | None) -> dict[str, Any]:
    """What a graph tells; where it cannot be read any more, why."""
    try:
        graph = version.read()
        return {
            "start": start_words(graph.start),
            "lines": as_list(graph),
            "picture": picture(graph, f"What {version} does"),
            "mermaid": mermaid(graph),
            **_differing(graph, other),
        }
    except Unreadable as problem:
        return {"unreadable": str(problem)}


def _differing(graph: Graph, other: JourneyVersion | None) -> dict[str, Any]:
    if other is None:
        return {}
    try:
        found = differences(other.read(), graph)
    except Unreadable as problem:
        return {"difference": f"The other one cannot be read any more: {problem}"}
    return {"difference": in_sentence(found), "differences": found}


def _before(version: JourneyVersion, others: list[JourneyVersion]) -> JourneyVersion | None:
    """The newest of those with a lower number."""
    return next((one for one in others if one.number < version.number), None)


def _worst_first(findings: list[LintFinding]) -> list[LintFinding]:
    return sorted(findings, key=lambda row: (-GRAVITY[row.severity], row.code, row.pk))


def described_words(version: JourneyVersion) -> str:
    who = version.author.get_username() if version.author else "this product, as it ships"
    told = f"Described by {who}, {version.get_provenance_display()}"
    if version.described_changed_at:
        told += f", as Iterable had it since {moment_text(version.described_changed_at)}"
    if version.approver:
        told += f"; approved by {version.approver.get_username()} {moment_text(version.approved_at)}"
    return f"{told}."


def next_words(version: JourneyVersion, findings: list[LintFinding]) -> str:
    """Who acts next."""
    blocks = sum(row.state == LintFinding.State.OPEN and row.severity == LintFinding.Severity.BLOCKING for row in findings)
    match version.state:
        case State.DRAFT:
            return f"The campaigns owner finishes it, and sends it to review.{_blocked(blocks)}"
        case State.IN_REVIEW if blocks:
            return f"It cannot be approved yet.{_blocked(blocks)}"
        case State.IN_REVIEW:
            return "The business owner approves it, or withdraws it to draft."
        case State.SUPERSEDED:
            return "Nobody: it is kept for comparison."
    if version.drifted:
        changed = moment_text(version.journey.changed_at)
        return f"Somebody changed the journey in Iterable on {changed}: the campaigns owner compares, and begins another version."
    if version.verified_on:
        return f"Nobody: it was compared with Iterable on {version.verified_on}, and has not changed there since."
    return "The campaigns owner compares it with Iterable, and says so here."


def _blocked(count: int) -> str:
    if not count:
        return ""
    what = "1 blocking finding is" if count == 1 else f"{count} blocking findings are"
    return f" {what} open: the campaigns owner mends them, or the business owner excepts them."
