"""The same question asked in the four ways in which this product answers it.

Each gives a line for each message type: whether Iterable will mail, whether we should, and the reasons against the latter.
"""

from __future__ import annotations

import re

from django.test import Client
from django.urls import reverse

from contacts.consent.resolver.person import verdicts
from contacts.models import Contact
from iterable_admin.addresses import address_key
from tests.conftest import JsonClient
from tests.consent.resolver.conftest import by_sql

ROW = re.compile(r"<tr><td>.*?</td>\s*<td>[^<]*</td>\s*<td>(.*?)</td>\s*<td>(.*?)</td>", re.DOTALL)
ANSWER = re.compile(r"</span> (yes|no|not known)</span>")
CODE = re.compile(r"<(?:code|a [^>]*)>([A-Z_]+)</(?:code|a)>")
WORDS = {True: "yes", False: "no", None: "not known"}


def in_words(will: bool | None, should: bool | None, codes: list[str]) -> str:
    return " ".join([f"{WORDS[will]}/{WORDS[should]}", *codes])


def by_python(email: str) -> list[str]:
    found = verdicts(address_key(email))
    return [in_words(one.will.allowed, one.should.allowed, [reason.code for reason in one.should.reasons]) for one in found]


def by_counting(email: str) -> list[str]:
    """The statement that counts everybody knows the first reason alone."""
    return [in_words(will, should, [code] if code != "SEND" else []) for will, should, _, code in by_sql(address_key(email))]


def by_rest(api: JsonClient, email: str) -> list[str]:
    answer = api.get(f"/api/v1/contacts/{email}/subscriptions/")
    assert answer.status_code == 200
    return [
        in_words(
            line["iterable_will"]["allowed"],
            line["we_should"]["allowed"],
            [reason["code"] for reason in line["we_should"]["reasons"]],
        )
        for line in answer.json()["subscriptions"]
    ]


def by_page(client: Client, email: str) -> list[str]:
    contact = Contact.objects.get(email=email)
    page = client.get(reverse("admin:contacts_contact_change", args=[contact.pk])).content.decode()
    panel = page[page.index('id="subscriptions"') :]
    rows = ROW.findall(panel[: panel.index("</table>")])
    return [" ".join([f"{_answer(will)}/{_answer(should)}", *CODE.findall(should)]) for will, should in rows]


def _answer(cell: str) -> str:
    found = ANSWER.search(cell)
    assert found, cell
    return found[1]
