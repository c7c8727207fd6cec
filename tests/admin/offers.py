"""Everything that pages offer to do, with who may and a row that it fits: one line each. A test asks for what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.utils import timezone

from contacts.conditions.audiences.building import digest as seen_condition
from contacts.conditions.models import SavedAudience
from contacts.consent.erasing.forgetting import forget
from contacts.consent.models import ForgottenElsewhere, MessageType
from contacts.gateway.models import Callback
from contacts.sync.approving import digest, propose_query
from contacts.sync.models import ObserveComparison, SyncAlert, SyncDefinition, SyncNotice, SyncRun, SyncTrigger
from iterable_admin.audit.browsing import Browsing
from iterable_admin.audit.models import BulkAction, Dri
from iterable_admin.inbox.encrypting import encrypt
from iterable_admin.inbox.models import Event, Source, SourceSecret, SourceToken
from iterable_admin.inbox.tokens import create_token
from iterable_admin.outbox.models import Delivery
from iterable_admin.screens.models import MondayMail
from iterable_admin.screens.roles import ROLES as ROLES_OF_GROUPS
from journeys.definition.graph import Entry, Graph, Start
from journeys.definition.lifecycle import draft
from journeys.definition.reading import as_json
from journeys.definition.shipping import FREE, shipped
from journeys.lint.models import LintException, LintFinding, Notification, SilenceAlarm
from journeys.models import Journey, JourneyVersion, PressureRun, RehearsalRun
from tests.admin.rows import make_delivery, make_event
from tests.conftest import JsonClient
from tests.factories import ContactFactory, SyncDefinitionFactory, SyncRowFactory, SyncRunFactory

CAMPAIGNS, TECHNICAL, BUSINESS, OUTSIDER = "campaigns", "technical", "business", "outsider"
ROLES = (CAMPAIGNS, TECHNICAL, BUSINESS, OUTSIDER)
T, B, TB, CT, ALL = {TECHNICAL}, {BUSINESS}, {TECHNICAL, BUSINESS}, {CAMPAIGNS, TECHNICAL}, {CAMPAIGNS, TECHNICAL, BUSINESS}
C, CB = {CAMPAIGNS}, {CAMPAIGNS, BUSINESS}
DEFINITION = '{"start": {"entry": {"kind": "api"}}}'
ADA = "ada@example.com"
TRIAL = {"email": ADA, "firstName": "Ada", "latest_trial_start_date": "2026-11-20"}


@dataclass(frozen=True)
class Offer:
    """Who may do it, and a fitting row; what else is posted with the reason; whether it is asked first."""

    roles: set[str]
    make: Callable[[], Any]
    data: Mapping[str, Any] | None = None
    asked_first: bool = True


def nothing() -> list[Any]:
    return []


def described() -> JourneyVersion:
    journey = Journey.objects.create(name="Described")
    graph = as_json(Graph(Start(Entry("api"))))
    now = timezone.now()
    return JourneyVersion.objects.create(journey=journey, number=1, graph=graph, created_at=now, changed_at=now)


def latest_version(_row: Any) -> int:
    return JourneyVersion.objects.latest("pk").pk


def rehearsed(state: str) -> RehearsalRun:
    """Of somebody else, with one number."""
    version, now = described(), timezone.now()
    told = {"graph": version.graph, "graph_hash": "x", "actor_name": "x", "created_at": now, "at": now, "state": state}
    run = RehearsalRun.objects.create(journey=version.journey, version=version, **told)
    run.cells.create(step="start", outcome="entered", certain=1, possible=2)
    return run


def pressed() -> PressureRun:
    limits = {"days": 90, "most_in_a_day": 2, "most_in_a_week": 4}
    return PressureRun.objects.create(**limits, actor_name="x", created_at=timezone.now())


def rejected() -> Event:
    """By a typo that is mended by now."""
    api = JsonClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(source())}")
    api.post("/api/v1/events/saas-trial/", {**TRIAL, "email": "ada at example.com"})
    Event.objects.update(raw_body=json.dumps(TRIAL))
    return Event.objects.get()


def failed_row() -> Model:
    return SyncRowFactory.create(run__state="with_errors", run__failed=1, state="failed", reason_code="refused")


def planned(**values: Any) -> SyncRun:
    return SyncRunFactory.create(state="stopped", stop_code="guard", plan={"to_send": 2}, read=2, **values)


def trigger(**values: Any) -> SyncTrigger:
    definition = SyncDefinitionFactory.create()
    return SyncTrigger.objects.create(definition=definition, kind=SyncTrigger.Kind.FAILED, **values)


def muted() -> SyncTrigger:
    return trigger(muted_until=timezone.now() + timedelta(hours=1), muted_by="x", note="y")


def notice() -> SyncNotice:
    now = timezone.now()
    alert = SyncAlert.objects.create(trigger=trigger(), sentence="It failed.", fired_at=now)
    return SyncNotice.objects.create(alert=alert, change="fired", way="email", created_at=now, state="needs_you")


def callback() -> Callback:
    told = {"event": make_event(1), "delivery": make_delivery(1), "outcome": "accepted", "way": "webhook"}
    return Callback.objects.create(created_at=timezone.now(), state="needs_you", **told)


def unsent_erasure() -> Model:
    erasure = forget(ADA, "Letter", "x")
    Delivery.objects.update(state="needs_you")
    return erasure


def forgotten_elsewhere() -> ForgottenElsewhere:
    key = ContactFactory.create(email=ADA).address_key
    return ForgottenElsewhere.objects.create(kind="email", iterable_hash=key, address_key=key, first_seen_at=timezone.now())


def finding(code: str = "SUB01") -> LintFinding:
    now = timezone.now()
    subject = {"code": code, "subject_kind": "campaign", "subject_id": "1", "subject_name": "A campaign"}
    told = {"sentence": "It is so.", "next_step": "Somebody acts."}
    return LintFinding.objects.create(
        severity="B", fingerprint=f"{code}:campaign:1", first_seen=now, last_seen=now, **subject, **told
    )


def exception() -> LintException:
    now = timezone.now()
    words = {"code": "SUB01", "subject_kind": "campaign", "subject_id": "1", "reason": "x", "owner": "y", "by": "z"}
    return LintException.objects.create(created_at=now, expires_at=now + timedelta(days=1), **words)


def untold() -> Notification:
    told = {"way": "email", "change": "new", "severity": "B", "text": "It is so.", "state": "needs_you"}
    return Notification.objects.create(finding=finding(), created_at=timezone.now(), **told)


def token() -> list[int]:
    source = Source.objects.create(name="CustomersDot")
    return [source.pk, SourceToken.objects.create(source=source, prefix="ita_00000001", digest="0" * 64).pk]


def secret() -> list[int]:
    row = SourceSecret.objects.create(source=source(), encrypted=encrypt("whsec_AAAA"))
    return [row.source_id, row.pk]


def proposed() -> SyncDefinition:
    """By somebody else: two have to look."""
    definition = SyncDefinitionFactory.create(query="SELECT 1 AS email_address")
    second = User.objects.create_user("second", is_staff=True)
    second.groups.add(Group.objects.get(name="Technical owner"))
    propose_query(definition, second, "More", "SELECT 2 AS email_address")
    return definition


def source() -> Source:
    return Source.objects.create(name="CustomersDot", scopes=["events:write"])


def seen(row: SyncDefinition) -> str:
    return digest(SyncDefinition.objects.get(pk=row.pk))


def bulk(**values: Any) -> BulkAction:
    """Of somebody else."""
    told = {"model": "outbox.delivery", "operation": "retry", "label": "Retry", "actor_name": "x", "reason": "y", "total": 2}
    return BulkAction.objects.create(**told, **values)


def with_address() -> list[str]:
    User.objects.update(email="me@example.com")
    return ["technical_owner"]


def audience() -> SavedAudience:
    return SavedAudience.objects.create(name="Germans", condition={"field": "country", "op": "is", "value": "Germany"})


def monday_mail() -> MondayMail:
    return MondayMail.objects.create(
        role="business_owner", week=date(2026, 1, 5), way="email", created_at=timezone.now(), state="needs_you"
    )


# Every list of ours can be had as CSV by whoever may see it and may export: the list, and the right to see it.
EXPORTS = {
    f"{model._meta.app_label}_{model._meta.model_name}": f"{model._meta.app_label}.view_{model._meta.model_name}"
    for model, of_model in admin.site._registry.items()
    if isinstance(of_model, Browsing)
}


def who(permission: str) -> set[str]:
    named = {CAMPAIGNS: "Campaigns owner", TECHNICAL: "Technical owner", BUSINESS: "Business owner"}
    return {role for role, group in named.items() if {permission, "audit.export_list"} <= set(ROLES_OF_GROUPS[group])}


def version(state: str = "draft", **given: Any) -> JourneyVersion:
    """Of somebody else."""
    row = draft(Journey.objects.create(name="Trial", **given), shipped(FREE), JourneyVersion.Provenance.TYPED)
    row.state, row.approver, row.approved_at = state, User.objects.first(), timezone.now()
    row.save()
    return row


def in_review() -> JourneyVersion:
    return version("in_review")


def approved() -> JourneyVersion:
    return version("approved")


# Of lists: the model and the operation's name.
OPERATIONS = {
    "inbox.event replay": Offer(T, lambda: make_event(1)),
    "inbox.event read_again": Offer(T, rejected),
    "outbox.delivery retry": Offer(T, lambda: make_delivery(1)),
    "outbox.delivery give_up": Offer(T, lambda: make_delivery(1)),
    "sync.syncrow retry": Offer(T, failed_row),
    "sync.syncrow dismiss": Offer(T, failed_row),
    "sync.syncnotice tell_again": Offer(T, notice),
    "consent.erasure send_again": Offer(T, unsent_erasure),
    "consent.forgottenelsewhere forget_here": Offer(T, forgotten_elsewhere),
    "journeys.lintfinding accept": Offer(B, lambda: finding("SUB11")),
    "journeys.lintexception take_back": Offer(B, exception),
    "journeys.notification retry_told": Offer(T, untold),
    "gateway.callback call_again": Offer(T, callback),
    "screens.mondaymail send_again": Offer(T, monday_mail),
}
# Pages that do something when posted: the name of the route; what `make` returns fills it.
PAGES = {
    "admin:conditions_savedaudience_build": Offer(CT, audience, {"act": "not:whole", "seen": seen_condition}, asked_first=False),
    "admin:consent_erasure_forget": Offer(T, nothing, {"email": ADA}),
    "admin:consent_erasure_forget_contact": Offer(T, lambda: ContactFactory.create(email=ADA)),
    "admin:consent_erasure_compare": Offer(T, nothing),
    "admin:contacts_contact_export": Offer(T, lambda: ContactFactory.create(email=ADA)),
    "contact_in_iterable": Offer(ALL, lambda: ContactFactory.create(email=ADA), asked_first=False),
    "admin:inbox_event_mend": Offer(T, rejected, {"body": json.dumps(TRIAL)}),
    "admin:inbox_source_make_token": Offer(T, source),
    "admin:inbox_source_revoke_token": Offer(T, token),
    "admin:inbox_source_make_secret": Offer(T, source),
    "admin:inbox_source_remove_secret": Offer(T, secret),
    "admin:intake_reconciliation_run_now": Offer(T, nothing),
    "admin:journeys_journeyversion_do submit": Offer(C, version),
    "admin:journeys_journeyversion_do approve": Offer(B, in_review, {"seen": lambda row: row.graph_hash}),
    "admin:journeys_journeyversion_do withdraw": Offer(CB, in_review),
    "admin:journeys_journeyversion_do verify": Offer(C, version),
    "admin:journeys_journeyversion_do begin": Offer(C, approved),
    "admin:journeys_journeyversion_do give-up": Offer(C, version),
    "admin:journeys_journeyversion_do take-back": Offer(B, approved),
    "admin:journeys_journeyversion_describe_new": Offer(C, nothing, {"name": "New"}),
    "admin:journeys_journeyversion_describe": Offer(C, lambda: Journey.objects.create(name="New")),
    **{
        f"admin:journeys_journeyversion_{name}": Offer(C, make, {"revision": "0", **data}, asked_first=False)
        for name, make, data in (
            ("start", version, {"kind": "api"}),
            ("rule", lambda: [version().pk, 0], {"act": "remove"}),
            ("add_step", version, {"kind": "exit", "name": "Out", "act": "save"}),
            ("step", lambda: [version().pk, "welcome"], {"act": "remove"}),
            ("condition", lambda: [version().pk, "start"], {"act": "not:whole"}),
        )
    },
    "admin:journeys_journeyversion_import": Offer(C, lambda: Journey.objects.create(name="New"), {"body": DEFINITION}),
    "admin:journeys_journeyversion_infer": Offer(C, lambda: Journey.objects.create(name="New", workflow_id=1)),
    "admin:journeys_lintfinding_run": Offer(TB, nothing),
    "admin:journeys_lintfinding_except": Offer(B, finding, {"owner": "Amy", "until": "2099-01-01", "scope": "finding"}),
    "admin:journeys_mirrorrun_refresh": Offer(CT, nothing),
    "admin:journeys_rehearsalrun_ask": Offer(ALL, lambda: described().journey, {"mode": "now", "version": latest_version}),
    "admin:journeys_rehearsalrun_verify": Offer(ALL, lambda: rehearsed("completed")),
    "admin:journeys_rehearsalrun_cancel": Offer(ALL, lambda: rehearsed("waiting")),
    "admin:journeys_pressurerun_cancel": Offer(ALL, pressed),
    "admin:journeys_pressurerun_count": Offer(ALL, nothing, {"days": "90", "in_a_day": "2", "in_a_week": "4"}),
    "admin:outbox_sendingswitch_turn": Offer(T, nothing, {"mode": "paused"}),
    "admin:sync_syncdefinition_run_now": Offer(T, SyncDefinitionFactory.create),
    "admin:sync_syncdefinition_dry_run": Offer(T, SyncDefinitionFactory.create),
    "admin:sync_syncdefinition_preview": Offer(T, SyncDefinitionFactory.create, {"email": ADA}, asked_first=False),
    "admin:sync_syncdefinition_propose_query": Offer(T, SyncDefinitionFactory.create, {"query": "SELECT 3 AS email_address"}),
    "admin:sync_syncdefinition_approve_query": Offer(T, proposed, {"seen": seen}),
    "admin:sync_syncdefinition_refuse_query": Offer(T, proposed, {"seen": seen}),
    "admin:sync_syncrun_run_now": Offer(T, nothing),
    "admin:sync_syncrun_dry_run": Offer(T, nothing),
    "admin:sync_syncrun_retry_failed_rows": Offer(T, lambda: failed_row().run),  # type: ignore[attr-defined]
    "admin:sync_syncrun_dismiss_failed_rows?code=refused": Offer(T, lambda: failed_row().run),  # type: ignore[attr-defined]
    "admin:sync_syncrun_do approve": Offer(T, planned),
    "admin:sync_syncrun_do discard": Offer(T, planned),
    "admin:sync_syncrun_do cancel": Offer(T, lambda: SyncRunFactory.create(state="running")),
    "admin:sync_syncrun_do run-again": Offer(T, planned),
    "admin:sync_syncrun_do undo": Offer(T, lambda: SyncRunFactory.create(delivered=1)),
    "admin:sync_syncrun_do undo-dry": Offer(T, lambda: SyncRunFactory.create(delivered=1)),
    "admin:sync_synctrigger_mute": Offer(T, trigger, {"hours": 2}),
    "admin:sync_synctrigger_unmute": Offer(T, muted),
    "admin:audit_bulkaction_cancel": Offer(T, bulk),
    "admin:audit_bulkaction_left_alone": Offer(TB, lambda: bulk(state="completed", left={"delivered": 1})),
    "admin:screens_mondaymail_to_me": Offer(TB, with_address),
    "contact_send_now": Offer(T, lambda: ContactFactory.create(email=ADA, profile={"firstName": "Ada"})),
    "contact_opt_out": Offer(T, lambda: ContactFactory.create(email=ADA), {"target": "everything"}),
    "observe_compare": Offer(T, nothing, {"days": "7", "most": "100"}),
}
# Pages that only show something, besides the admin's own.
LOOKS = {
    "admin:consent_subscriptionchange_clock": Offer(ALL, nothing),
    "admin:journeys_lintfinding_people": Offer(ALL, finding),
    "admin:journeys_journeyversion_edit": Offer(C, version),
    "admin:journeys_journeyversion_counts": Offer(C, version),
    "admin:journeys_journeyversion_export": Offer(ALL, version),
    "admin:journeys_journeyversion_schema": Offer(ALL, nothing),
    "admin:conditions_savedaudience_difference": Offer(ALL, audience),
    "admin:conditions_savedaudience_people": Offer(ALL, audience),
    "admin:conditions_savedaudience_counts": Offer(CT, audience),
    "admin:sync_syncrun_progress": Offer(TB, SyncRunFactory.create),
    "admin:journeys_rehearsalrun_people": Offer(ALL, lambda: rehearsed("completed")),
    "admin:journeys_pressurerun_people": Offer(ALL, pressed),
    "admin:journeys_pressurerun_progress": Offer(ALL, pressed),
    "admin:journeys_rehearsalrun_progress": Offer(ALL, lambda: rehearsed("waiting")),
    "admin:journeys_rehearsalrun_compare": Offer(ALL, lambda: rehearsed("completed")),
    "admin:journeys_what_if": Offer(ALL, MessageType.objects.first),
    **dict.fromkeys(("sync_window", "why"), Offer(ALL, nothing)),
    "admin:audit_bulkaction_progress": Offer(TB, bulk),
    **dict.fromkeys(("admin:help", "admin:search", "admin:live", "handbook", "mailing_rules"), Offer(ALL, nothing)),
    "admin:help_page": Offer(ALL, lambda: ["sync"]),
    "admin:screens_mondaymail_preview": Offer(TB, nothing),
    "observe": Offer(TB, nothing),
    "observe_progress": Offer(TB, lambda: ObserveComparison.objects.create(since=timezone.now(), most=100)),
    # Its payload may be anybody's, and it changes nothing: what is tried is not recorded.
    "try_it": Offer(CT, nothing),
}


def vacant_role() -> None:
    Dri.objects.filter(role="business_owner").delete()


# What is maintained by hand: the model, and the form of a new row. All else is refused to everybody.
ADDED: dict[str, Offer] = {
    "audit.dri": Offer(T, vacant_role, {"role": "business_owner", "name": "Amy"}),
    "inbox.source": Offer(T, nothing, {"name": "Workato", "active": "on"}),
    "intake.eventtype": Offer(T, nothing, {"name": "Demo", "slug": "demo", "active": "on", "fields": "company: string"}),
    "sync.syncdefinition": Offer(T, nothing, {"name": "Another", "slug": "another"}),
    "contacts.fieldprecedence": Offer(T, nothing, {"field": "jobTitle", "winner": "event"}),
    "conditions.savedaudience": Offer(CT, nothing, {"name": "Everybody", "condition": '{"all": []}', "active": "on"}),
    "journeys.silencealarm": Offer(T, SilenceAlarm.objects.all().delete, {"event_name": "SaaS Trials"}),
}
CHANGED: dict[str, set[str]] = {
    **{name: offer.roles for name, offer in ADDED.items()},
    **dict.fromkeys(("consent.channel", "consent.messagetype", "consent.list"), T),
    **dict.fromkeys(("journeys.campaign", "journeys.template", "sync.synctrigger"), T),
    "journeys.journey": CT,
}
