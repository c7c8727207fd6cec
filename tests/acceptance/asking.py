"""The four ways to ask who may be mailed, each in the same words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from contacts.consent.models import Erasure, MessageType
from contacts.consent.resolver.person import Verdict, verdicts
from contacts.models import Contact
from iterable_admin.addresses import address_key
from tests.acceptance.world import World
from tests.consent.resolver.conftest import by_sql

Codes = list[str]


@dataclass(frozen=True)
class Answer:
    """Of one message type: whether, and every reason why not, in order."""

    will: bool | None
    why_not: Codes
    should: bool | None
    why_should_not: Codes


Answers = dict[str, Answer]


def by_python(email: str, **moments: Any) -> Answers:
    found = verdicts(address_key(email), **moments)
    return {each.message_type.name: Answer(*_of(each.will), *_of(each.should)) for each in found}


def _of(verdict: Verdict) -> tuple[bool | None, Codes]:
    return verdict.allowed, [reason.code for reason in verdict.reasons]


def by_rest(world: World, email: str, **moments: str) -> Answers:
    answer = world.api.get(f"/api/v1/contacts/{email}/subscriptions/", moments)
    assert answer.status_code == 200, answer.content
    return {
        each["message_type"]: Answer(*_told(each["iterable_will"]), *_told(each["we_should"]))
        for each in answer.json()["subscriptions"]
    }


def _told(verdict: Any) -> tuple[bool | None, Codes]:
    return verdict["allowed"], [reason["code"] for reason in verdict["reasons"]]


def by_page(client: Client, email: str, **moments: str) -> Answers:
    """The panel on the contact's page; of somebody who is no contact any more, on the page of their erasure."""
    page = client.get(page_of(email), moments).content.decode()
    panel = page.split('id="subscriptions"')[1].split("</section>")[0]
    # Message types stand under the row of their channel, which has a class.
    rows = [re.split(r"<t[dh][^>]*>", row) for row in panel.partition("<tbody>")[2].split("<tr>")[1:]]
    return {_name(row[1]): Answer(*_shown(row[2]), *_shown(row[3])) for row in rows}


def page_of(email: str) -> str:
    contact = Contact.objects.filter(address_key=address_key(email)).first()
    if contact:
        return reverse("admin:contacts_contact_change", args=[contact.pk])
    return reverse("admin:consent_erasure_change", args=[Erasure.objects.get(address_key=address_key(email)).pk])


def _name(cell: str) -> str:
    return re.sub(r"<.*", "", cell, flags=re.DOTALL).strip()


WORDS = {"yes": True, "no": False, "not known": None}


def _shown(cell: str) -> tuple[bool | None, Codes]:
    word = next(word for word in ("not known", "yes", "no") if f"{word}<" in cell)
    return WORDS[word], [code for code in re.findall(r' title="([A-Z_]+)"', cell) if code != "SEND"]


def by_explanation(world: World, email: str) -> Answers:
    """Test by test through REST; each test tells whether Iterable keeps to it, we, or both."""
    names = MessageType.objects.values_list("name", flat=True)
    return {name: _explained(world.api.get(f"/api/v1/contacts/{email}/why/", {"message_type": name})) for name in names}


def _explained(answer: Any) -> Answer:
    assert answer.status_code == 200, answer.content
    found = answer.json()["message_type"]
    failed = [(test["code"], test["asked_by"]) for test in found["tests"] if test["passed"] is False]
    return Answer(found["iterable_will"], _kept_to(failed, "iterable"), found["we_should"], _kept_to(failed, "us"))


def by_checklist(client: Client, email: str) -> dict[str, tuple[Codes, Codes]]:
    """The same on the page that says why: what fails, for Iterable and for us."""
    return {kind.name: _listed(client, email, kind) for kind in MessageType.objects.all()}


def _listed(client: Client, email: str, kind: MessageType) -> tuple[Codes, Codes]:
    page = client.post(reverse("why"), {"email": email, "about": f"type:{kind.pk}"}, follow=True).content.decode()
    rows = re.findall(
        r'data-head="Passed"><span title="([A-Z_]+)">.*?</span> (no|yes|not known)</span>.*?"Asked by">([^<]*)<', page
    )
    sides = {"Iterable alone": "iterable", "we alone": "us", "both": "both"}
    failed = [(code, sides[by]) for code, word, by in rows if word == "no"]
    return _kept_to(failed, "iterable"), _kept_to(failed, "us")


def _kept_to(failed: list[tuple[str, str]], side: str) -> Codes:
    return [code for code, by in failed if by in (side, "both")]


def whys(answers: Answers) -> dict[str, tuple[Codes, Codes]]:
    return {name: (each.why_not, each.why_should_not) for name, each in answers.items()}


def first_reasons(answers: Answers) -> list[tuple[bool | None, bool | None, str, str]]:
    """As SQL tells them, which counts people by the first reason."""
    return [
        (each.will, each.should, (each.why_not or ["SEND"])[0], (each.why_should_not or ["SEND"])[0]) for each in answers.values()
    ]


def in_sql(email: str) -> list[tuple[bool | None, bool | None, str, str]]:
    return by_sql(address_key(email))


def exposure(world: World, name: str, **moments: str) -> Any:
    number = MessageType.objects.get(name=name).iterable_id
    answer = world.api.get(f"/api/v1/message-types/{number}/exposure/", moments)
    assert answer.status_code == 200, answer.content
    return answer.json()
