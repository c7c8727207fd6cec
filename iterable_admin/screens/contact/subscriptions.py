"""A person's subscription matrix, now or as of a moment: both verdicts of each message type, and every why as a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from contacts.consent.matrix import Line
from contacts.consent.models import MessageType
from contacts.consent.resolver.person import Reason, Verdict
from contacts.consent.resolver.rules import SEND
from iterable_admin.screens.contact.causes import Cause, Causes, Link, Viewer

# The model whose page shows what caused a reason, with the permission to see it.
MODELS = {
    "ledger": "subscriptionchange",
    "observation": "profileobservation",
    "report": "addressreport",
    "list": "list",
    "erasure": "erasure",
    "forgotten elsewhere": "forgottenelsewhere",
}
WORDS = {True: ("done", "yes"), False: ("skipped", "no"), None: ("waiting", "not known")}
STATES = {
    "withdrawn": ("skipped", "withdrew"),
    "granted": ("done", "agreed"),
    "never_asked": ("waiting", "never asked"),
    "not_marketing": ("skipped", "not asked for"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """`url` is what caused it, or the rule where nothing on record did."""

    code: str
    sentence: str
    since: datetime | None
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    state: str
    word: str
    whys: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What the person said, by the ledger: its row, and what caused that."""

    state: str
    word: str
    sentence: str
    since: datetime | None
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Row:
    line: Line
    will: Answer
    should: Answer
    said: Said

    @property
    def message_type(self) -> MessageType:
        return self.line.message_type

    @property
    def channel(self) -> str:
        return str(self.message_type.channel)


def causes_of(lines: Sequence[Line]) -> list[Cause]:
    return [(line.row.cause, line.row.cause_id) for line in lines if line.row]


def rows_of(lines: Sequence[Line], causes: Causes) -> list[Row]:
    viewer = causes.viewer
    return [
        Row(line, answer_of(line.verdicts.will, viewer), answer_of(line.verdicts.should, viewer), _said(line, causes))
        for line in lines
    ]


def answer_of(verdict: Verdict, viewer: Viewer) -> Answer:
    state, word = WORDS[verdict.allowed]
    whys = tuple(_why(reason, viewer) for reason in verdict.reasons)
    return Answer(state, word, whys or (Why(SEND, verdict.sentence, None, rule_url(SEND)),))


def _why(reason: Reason, viewer: Viewer) -> Why:
    model = MODELS.get(reason.cause)
    shown = model and reason.cause_id and viewer.has_perm(f"consent.view_{model}")
    url = reverse(f"admin:consent_{model}_change", args=[reason.cause_id]) if shown else rule_url(reason.code)
    return Why(reason.code, reason.sentence, reason.since, url)


def rule_url(code: str) -> str:
    return f"{reverse('mailing_rules')}#{code}"


def _said(line: Line, causes: Causes) -> Said:
    state, word = STATES[line.state]
    row = line.row
    if row is None:
        return Said(state, word, line.sentence, None, ())
    links = []
    if causes.viewer.has_perm("consent.view_subscriptionchange"):
        links.append(Link(f"ledger row {row.pk}", reverse("admin:consent_subscriptionchange_change", args=[row.pk])))
    return Said(state, word, line.sentence, row.occurred_at, (*links, causes.link(row.cause, row.cause_id)))
