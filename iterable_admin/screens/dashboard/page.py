"""What stands on the first page for whoever looks: by permission, so that each role finds its own day."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils import timezone

from contacts.consent.models import ResolverCheck
from contacts.intake.models import Reconciliation
from contacts.sync.headcounts import latest
from iterable_admin.audit.models import Dri
from iterable_admin.screens.dashboard.counting import in_words
from iterable_admin.screens.dashboard.findings import findings
from iterable_admin.screens.dashboard.headline import headline
from iterable_admin.screens.dashboard.hours import PERIODS, picture
from iterable_admin.screens.dashboard.pipes import budget_used, heartbeats, last_settled, notices, sending
from iterable_admin.screens.dashboard.syncs import syncs
from iterable_admin.screens.dashboard.trouble import count_of, trouble
from iterable_admin.screens.dashboard.waiting import waiting, withdrawals_not_applied
from journeys.lint.running import clock

Context = dict[str, Any]


def dashboard(request: HttpRequest) -> Context:
    """Only what the user may see: events for all who browse, the health of the pipes for owners."""
    user = request.user
    context: Context = {"now": timezone.now(), "days": days(request), "periods": PERIODS}
    if user.has_perm("inbox.view_event"):
        context |= {"sees_events": True, "picture": picture(context["days"])}
    if user.has_perm("journeys.view_lintfinding"):
        running, seen_at = clock()
        context |= {"sees_findings": True, "findings": findings(), "clock": running, "clock_seen_at": seen_at}
    if user.has_perm("contacts.view_contact"):
        context |= {"sees_people": True, "heads": latest()}
    if user.has_perm("outbox.view_sendingswitch"):
        context |= health(user)
    return {**context, "headline": headline(context)}


def days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked.isdecimal() and int(asked) in PERIODS else 1


def health(user: User | AnonymousUser) -> Context:
    needs_you = trouble(user)
    deliveries, lately = count_of(needs_you, "deliveries")
    return {
        "sees_health": True,
        "sees_deliveries": user.has_perm("outbox.view_delivery"),
        # Whoever mends things finds them first; whoever decides finds what is exposed first.
        "mends": user.has_perm("outbox.retry_delivery"),
        "waiting": waiting(),
        "needs_you": needs_you,
        "stuck": {"count": deliveries, "words": in_words(deliveries), "lately": lately},
        "withdrawals": withdrawals_not_applied(),
        "syncs": syncs(),
        "reconciliation": Reconciliation.objects.order_by("-id").first(),
        "agreement": ResolverCheck.objects.order_by("-id").first(),
        "sending": sending(),
        "notices": notices(),
        "pipes": heartbeats(),
        "last_settled": last_settled(),
        "vacant": [dri for dri in Dri.objects.all() if dri.vacant],
        "budget": budget_used() if user.has_perm("outbox.view_ratebucket") else None,
    }
