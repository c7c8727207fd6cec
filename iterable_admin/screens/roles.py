"""Three groups, each with the least it needs. Nobody of them sees the plumbing (Django-Q's tables, accounts, groups)."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

CAMPAIGNS_OWNER = "Campaigns owner"
TECHNICAL_OWNER = "Technical owner"
BUSINESS_OWNER = "Business owner"

BROWSE = (
    *("contacts.view_contact", "contacts.view_namespace", "contacts.view_membership", "contacts.view_fieldchange"),
    "contacts.view_addresschange",
    *(
        "journeys.view_journey",
        "journeys.view_journeyversion",
        "journeys.view_rehearsalrun",
        "journeys.view_pressurerun",
        "journeys.see_rehearsed_people",
        "journeys.view_campaign",
        "journeys.view_template",
        "journeys.view_mirrorchange",
        "journeys.view_mirrorrun",
        "inbox.view_event",
        "intake.view_eventtype",
    ),
    *("consent.view_channel", "consent.view_messagetype", "consent.view_list", "consent.view_subscriptionchange"),
    *("consent.view_profileobservation", "consent.view_addressreport"),
    *("conditions.view_savedaudience", "conditions.see_audience_people"),
    *("journeys.view_lintfinding", "journeys.view_lintexception", "journeys.view_silencealarm", "journeys.see_exposed_people"),
    # Each file is on record with its reason, as an access to personal data.
    "audit.export_list",
)
AUDIT = (
    "audit.view_operatoraction",
    "audit.view_bulkaction",
    "sync.view_observecomparison",
    "audit.view_dri",
    "sync.view_syncrun",
    "intake.view_reconciliation",
    "consent.view_resolvercheck",
    "outbox.view_sendingswitch",
    "screens.view_mondaymail",
)
OPERATE = (
    *AUDIT,
    *(
        *("consent.view_subscriptionstate", "consent.view_observedprofile", "consent.view_ledgerseal"),
        "consent.view_erasure",
        "consent.view_forgottenelsewhere",
        "consent.forget_person",
        "consent.export_person",
        "contacts.send_contact",
        "contacts.opt_out_contact",
        "outbox.view_delivery",
        "outbox.view_attempt",
        "outbox.view_notice",
        "outbox.view_ratebucket",
        "inbox.view_source",
    ),
    *(
        "inbox.view_sourcetoken",
        *("inbox.view_refusedcall", "gateway.view_callback", "gateway.retry_callback"),
        "sync.view_syncrow",
        "sync.view_syncdefinition",
        "sync.view_fieldmapping",
    ),
    *("sync.view_syncstate", "contacts.view_fieldprecedence", "contacts.view_listing"),
    *("sync.view_synctrigger", "sync.view_syncalert", "sync.view_syncnotice", "sync.change_synctrigger"),
    *("inbox.replay_event", "inbox.try_event", "outbox.retry_delivery", "outbox.give_up_delivery", "outbox.switch_sending"),
    "sync.compare_observed",
    *("sync.operate_syncrun", "intake.operate_reconciliation", "inbox.manage_token", "journeys.refresh_mirror"),
    "journeys.rehearse_journey",
    *("journeys.view_lintrun", "journeys.run_lint", "journeys.view_notification", "journeys.retry_notification"),
    "screens.retry_mondaymail",
)
AUDIENCES = ("conditions.add_savedaudience", "conditions.change_savedaudience")
SET_UP = (
    *AUDIENCES,
    *("intake.add_eventtype", "intake.change_eventtype", "inbox.add_source", "inbox.change_source"),
    *(
        "audit.add_dri",
        "audit.change_dri",
        "journeys.change_journey",
        "journeys.change_campaign",
        "journeys.change_template",
        "consent.change_channel",
    ),
    *("consent.change_messagetype", "consent.change_list"),
    *("sync.add_syncdefinition", "sync.change_syncdefinition", "sync.change_syncquery"),
    *("sync.add_fieldmapping", "sync.change_fieldmapping", "sync.delete_fieldmapping"),
    *("contacts.add_fieldprecedence", "contacts.change_fieldprecedence"),
    *("journeys.add_silencealarm", "journeys.change_silencealarm"),
)
APPROVE = ("journeys.rehearse_journey", "journeys.except_lintfinding", "journeys.run_lint", "journeys.approve_journeyversion")
ROLES = {
    CAMPAIGNS_OWNER: (
        *(*BROWSE, *AUDIENCES, "inbox.try_event", "journeys.change_journey", "journeys.write_journeyversion"),
        "journeys.rehearse_journey",
        "journeys.refresh_mirror",
    ),
    TECHNICAL_OWNER: (*BROWSE, *OPERATE, *SET_UP),
    BUSINESS_OWNER: (*BROWSE, *AUDIT, *APPROVE),
}

NAMES = ("content_type__app_label", "codename", "pk")


def ensure_groups() -> None:
    """Safe to run twice: adds the permissions that a group lacks and takes none away."""
    known = {f"{app}.{codename}": pk for app, codename, pk in Permission.objects.values_list(*NAMES)}
    for name, permissions in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*(known[permission] for permission in permissions))


def require_role(request: HttpRequest) -> None:
    """For pages that belong to nobody's rows: an account without any permission has no business on them."""
    if not request.user.get_all_permissions():
        raise PermissionDenied
