"""The way through the pages, by task: what one looks at, what one acts on, what one sets up once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Task:
    """`first` is what most people come for; `more` folds away below it, so that the first glance is calm."""

    first: tuple[str, ...]
    more: tuple[str, ...] = ()


TASKS = {
    "Browse": Task(
        ("Journey", "Contact", "Namespace", "MessageType"),
        (
            *(
                "Why",
                "SavedAudience",
                "JourneyVersion",
                "RehearsalRun",
                "PressureRun",
                "Handbook",
                "Campaign",
                "Template",
                "Channel",
                "List",
                "Membership",
                "FieldChange",
                "AddressChange",
            ),
            *("SubscriptionChange", "SubscriptionState", "ProfileObservation", "ObservedProfile", "AddressReport"),
        ),
    ),
    "Operate": Task(
        ("Dashboard", "Event", "Delivery", "SyncRun", "LintFinding"),
        (
            *(
                "Clock",
                "Window",
                "Observe",
                "TryIt",
                "SendingSwitch",
                "RateBucket",
                "Attempt",
                "Notice",
                "SyncRow",
                "SyncTrigger",
                "SyncNotice",
                "Callback",
                "Listing",
            ),
            *("Reconciliation", "MirrorRun", "MirrorChange", "LintException", "LintRun", "Notification"),
            *("Erasure", "ForgottenElsewhere", "LedgerSeal", "ResolverCheck", "BulkAction", "OperatorAction", "MondayMail"),
        ),
    ),
    "Set up": Task(
        ("Source", "EventType", "SyncDefinition", "Dri", "User"),
        ("SourceToken", "RefusedCall", "FieldPrecedence", "SilenceAlarm", "Group", "Identity"),
    ),
}
# What is named nowhere above: Django-Q's tables, which superusers alone may see.
PLUMBING = "Plumbing"
# Shorter than the models call themselves: under its task a name needs no more.
CALLED = {"LintFinding": "Lint", "PressureRun": "Messages in all", "RehearsalRun": "Rehearsals", "SyncDefinition": "Definitions"}


@dataclass(frozen=True, slots=True)
class Page:
    """One that is no list of a model's rows."""

    name: str
    view: str
    permission: str = ""


PAGES = {
    "Dashboard": Page("Dashboard", "admin:index"),
    "Clock": Page("Withdrawal clock", "admin:consent_subscriptionchange_clock", "consent.view_subscriptionchange"),
    "Handbook": Page("Handbook", "handbook", "journeys.view_journey"),
    "Observe": Page("Observe mode", "observe", "outbox.view_delivery"),
    "TryIt": Page("Try it", "try_it", "inbox.try_event"),
    "Why": Page("Why, or why not", "why", "contacts.view_contact"),
    "Window": Page("Sync window", "sync_window", "contacts.view_contact"),
}

Row = dict[str, Any]


def by_task(models: list[Row], may: Callable[[str], bool]) -> list[Row]:
    """The models that somebody may see, as the admin lists them, each under its task, and with them the pages of ours."""
    known = {row["object_name"]: _called(row) for row in models}
    if known:
        known |= {key: _row(key, page) for key, page in PAGES.items() if not page.permission or may(page.permission)}
    tasks = [_task(name, _of(known, task.first), _of(known, task.more)) for name, task in TASKS.items()]
    named = {name for task in TASKS.values() for name in (*task.first, *task.more)}
    tasks.append(_task(PLUMBING, [], [row for name, row in known.items() if name not in named]))
    return [task for task in tasks if task["models"]]


def _called(row: Row) -> Row:
    return {**row, "name": CALLED.get(row["object_name"], row["name"])}


def _row(key: str, page: Page) -> Row:
    return {"name": page.name, "object_name": key, "admin_url": reverse(page.view), "add_url": None, "view_only": True}


def _of(known: Mapping[str, Row], names: tuple[str, ...]) -> list[Row]:
    return [known[name] for name in names if name in known]


def _task(name: str, first: list[Row], more: list[Row]) -> Row:
    return {
        "name": name,
        "app_label": name.lower().replace(" ", "-"),
        "app_url": reverse("admin:index"),
        "has_module_perms": True,
        "models": [*first, *more],
        "first": first,
        "more": more,
    }
