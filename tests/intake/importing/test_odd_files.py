"""Files as people send them: other encodings, delimiters and quotes, and one bad line among many good ones."""

from __future__ import annotations

import codecs
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contacts.consent.models import SubscriptionChange
from contacts.intake.importing.lines import Bad, Line, read_lines
from iterable_admin.addresses import address_key
from tests.outbox.iterable import calls

pytestmark = pytest.mark.django_db

ADA, BOB = "ada@example.com", "bob@example.com"
HEADER = "email,unsubscribed,unsubscribedAt"


def run(path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("import_consent", str(path), *arguments, stdout=out)
    return out.getvalue()


def kept() -> list[tuple[str, str]]:
    rows = SubscriptionChange.objects.order_by("pk").values_list("address_key", "occurred_at")
    return [(key, f"{at:%Y-%m-%d %H:%M}") for key, at in rows]


def people(number: int) -> list[str]:
    return [f"person{index}@example.com,true,2026-01-10T12:00:00Z" for index in range(number)]


TWO = [(address_key(ADA), "2026-01-10 12:00"), (address_key(BOB), "2026-01-11 12:00")]


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{ADA},true,2026-01-10T12:00:00Z\n{BOB},true,2026-01-11T12:00:00Z\n".encode(),
        codecs.BOM_UTF8
        + f"Email;Unsubscribed;Unsubscribed At\r\n{ADA};1;2026-01-10T12:00:00Z\r\n{BOB};1;2026-01-11T12:00:00Z".encode(),
        (
            f"unsubscribed_at\tunsubscribed\temail\tname\n2026-01-10T12:00:00Z\tyes\t{ADA}\tÉlise\n"
            f"2026-01-11T12:00:00Z\tyes\t{BOB}\tx\n"
        ).encode("latin-1"),
        f"{HEADER}\n{ADA},true,2026-01-10T12:00:00Z\n{BOB},true,2026-01-11T12:00:00Z\n".encode("utf-16"),
        (
            f'\n\nemail,"unsubscribed","a\nnote",unsubscribedAt\n"{ADA}",TRUE,"a ""b"",\nand c",2026-01-10T12:00:00Z\n'
            f"{BOB},TRUE,,2026-01-11T12:00:00Z\n"
        ).encode(),
        f"{HEADER}\r{ADA},true,2026-01-10T12:00:00Z\r{BOB},true,2026-01-11T12:00:00Z\r".encode(),
    ],
    ids=["plain", "BOM, semicolons, CRLF", "tabs, Latin-1, other order", "UTF-16", "blank lines, quoted newlines", "old Mac"],
)
def test_the_same_two_people_whatever_the_file_looks_like(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people"
    path.write_bytes(content)
    assert "not taken, to mend          0" in run(path, "--from", "marketo-unsubscribes")
    assert kept() == TWO


def test_an_address_that_is_no_ascii_is_read_from_latin_1_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "people"
    path.write_bytes(f"{HEADER}\njürgen@example.com,true,2026-01-10T12:00:00Z\n".encode("latin-1"))
    run(path)
    assert kept() == [(address_key("jürgen@example.com"), "2026-01-10 12:00")]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ('"ada@example.com,true,2026-01-10', "line 501: line: opens a quote that is not closed"),
        ('ada@example.com,true,"2026-01-10', "line 501: line: opens a quote that is not closed"),
        ('"ada@example.com"x,true,2026-01-10', "line 501: line: ',' expected after '\"'"),
        ("ada.example.com,true,2026-01-10", "line 501: email: is not an email address"),
        ("ada@example.com,perhaps,2026-01-10", "line 501: unsubscribed: must be a boolean"),
        ("a,d,a@example.com,true,2026-01-10", "line 501: line: has 5 fields, the header 3"),
    ],
)
def test_one_bad_line_in_a_thousand_is_named_and_costs_no_other(tmp_path: Path, bad: str, told: str) -> None:
    lines = people(999)
    path = tmp_path / "people"
    path.write_text("\n".join([HEADER, *lines[:499], bad, *lines[499:]]))
    said = run(path)
    assert told in said
    assert "lines read      1,000\n    not taken, to mend          1\n" in said
    assert SubscriptionChange.objects.count() == 999


def test_a_quote_that_a_later_line_seems_to_close_swallows_nothing(tmp_path: Path) -> None:
    lines = people(20)
    path = tmp_path / "people"
    path.write_text("\n".join([HEADER, f'"{lines[0]}', *lines[1:10], 'ada@example.com",true,2026-01-10', *lines[10:]]))
    said = run(path)
    assert "line 2: line: opens a quote that is not closed" in said
    assert SubscriptionChange.objects.count() == 19


def test_a_first_line_of_json_that_is_broken_costs_no_other(tmp_path: Path) -> None:
    profile = {"email": ADA, "unsubscribedChannelIds": [10], "profileUpdatedAt": "2026-01-10 12:00:00 +00:00"}
    path = tmp_path / "profiles"
    path.write_text("\n".join(['{"email": "x"', *(json.dumps(profile | {"email": f"p{n}@example.com"}) for n in range(9))]))
    found = list(read_lines(path))
    assert [type(line) for line in found] == [Bad, *[Line] * 9]
    assert [line.number for line in found] == list(range(1, 11))
    assert "not taken, to mend          1" in run(path, "--from", "iterable-export")
    assert SubscriptionChange.objects.count() == 9


@pytest.mark.parametrize("content", ["", "\n\n", "email,unsubscribed\n", "[]", '{"result": []}'])
def test_of_an_empty_file_nothing_is_imported_and_it_is_said(tmp_path: Path, content: str) -> None:
    path = tmp_path / "people"
    path.write_text(content)
    with pytest.raises(CommandError, match="its header does not tell what it is"):
        run(path)
    assert "lines read          0" in run(path, "--from", "marketo-unsubscribes")
    assert SubscriptionChange.objects.count() == 0


@pytest.mark.parametrize(
    ("told", "zone", "at"),
    [
        ("2026-01-10T12:00:00Z", "", "2026-01-10 12:00"),
        ("2026-01-10T12:00:00+0200", "", "2026-01-10 10:00"),
        ("2026-01-10 12:00:00", "Europe/Berlin", "2026-01-10 11:00"),
        ("2026-01-10 12:00:00", "", "2026-01-11 00:00"),
        ("2026-01-10", "Europe/Berlin", "2026-01-10 22:59"),
        ("2026-01-10", "", "2026-01-11 11:59"),
        ("01/10/2026 12:00", "UTC", None),
    ],
)
def test_marketos_times_with_and_without_a_zone(tmp_path: Path, settings: Any, told: str, zone: str, at: str | None) -> None:
    settings.MARKETO_TIME_ZONE = zone
    path = tmp_path / "people"
    path.write_text(f"{HEADER}\n{ADA},true,{told}\n")
    said = run(path)
    (row,) = SubscriptionChange.objects.all()
    if at is None:
        assert (row.dated_by, "not a time, taken as receipt" in said) in (("receipt", True), ("caller", False))
    else:
        assert f"{row.occurred_at:%Y-%m-%d %H:%M}" == at


def test_a_name_in_a_column_of_words_does_not_reach_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text(
        "email,verdict,actor,source\nada.lovelace@example.com,withdrawn,Ada Lovelace,Old CRM\n"
        f"{BOB},withdrawn,it@example.com of Bob,Form of bob\n"
    )
    run(path)
    assert list(SubscriptionChange.objects.order_by("pk").values_list("actor", "source")) == [
        ("the person", "Old CRM"),
        ("the person", "the person"),
    ]


def test_a_second_run_a_part_of_it_and_a_dry_run_add_nothing(tmp_path: Path) -> None:
    path, part = tmp_path / "people", tmp_path / "part"
    path.write_text("\n".join([HEADER, *people(30)]))
    part.write_text("\n".join([HEADER, *reversed(people(30)[10:])]))
    run(path, "--dry-run")
    assert SubscriptionChange.objects.count() == 0
    for file in (path, path, part):
        run(file)
    assert SubscriptionChange.objects.count() == 30


def test_no_call_to_iterable_is_made(tmp_path: Path, sandbox: Any) -> None:
    path = tmp_path / "people"
    path.write_text("\n".join([HEADER, *people(3)]))
    run(path, "--apply")
    assert calls(sandbox) == []
