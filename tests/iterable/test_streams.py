"""Answers that come line by line, and files on another host."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import Ambiguous, NotThere, Refused, ServiceBusy, Unreachable
from iterable_admin.iterable.reads import ExportFile
from iterable_admin.iterable.writes import Export
from tests.iterable.conftest import Canned

SIGNATURE = "X-Amz-Signature=0a1b2c"


def test_members_of_a_list_come_as_lines_of_text(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, "ann@example.com\r\n\nstraße@example.com\n a b \nlast")
    assert list(client.lists.users(7)) == ["ann@example.com", "straße@example.com", "a b", "last"]


@pytest.mark.parametrize("body", ["", "\n"])
def test_nobody_on_a_list_is_no_error(client: IterableClient, canned: Canned, body: str) -> None:
    canned.answer(200, body)
    assert list(client.lists.users(7)) == []


def test_a_long_list_has_minutes_to_begin(client: IterableClient, canned: Canned, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed: list[object] = []
    send = requests.Session.request

    def spy(*args: Any, **options: Any) -> requests.Response:
        allowed.append(options["timeout"])
        return send(*args, **options)

    monkeypatch.setattr(requests.Session, "request", spy)
    canned.answer(200, "12")
    list(client.lists.users(7))
    client.lists.size(7)
    assert allowed == [(2, 300.0), (2, 2)]


def test_nothing_is_asked_before_the_first_line_is_wanted(client: IterableClient, canned: Canned) -> None:
    client.lists.users(7)
    assert canned.asked == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"msg": "error.lists.invalidListId", "code": "BadParams", "params": None}, Refused),
        (503, "try again later", ServiceBusy),
        (500, {"msg": "An error occurred.", "code": "GenericError"}, ServiceBusy),
        (200, "<!DOCTYPE html>\n<title>Log in</title>", Ambiguous),
    ],
)
def test_a_stream_that_is_no_list_of_lines_is_an_error(
    client: IterableClient, canned: Canned, status: int, body: object, error: type[Exception]
) -> None:
    canned.answer(status, body)
    with pytest.raises(error):
        list(client.lists.users(7))


def test_a_stream_that_breaks_off_says_so_after_its_lines(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, "ann@example.com\nben@exa", Content_Length="99", Connection="close")
    lines = client.lists.users(7)
    with pytest.raises(Ambiguous) as caught:
        list(lines)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("body", "size"), [("1204", 1204), (" 0\n", 0)])
def test_the_size_of_a_list_comes_as_text(client: IterableClient, canned: Canned, body: str, size: int) -> None:
    canned.answer(200, body)
    assert client.lists.size(7) == size


@pytest.mark.parametrize("body", ["", "many", "{}"])
def test_a_size_that_is_no_number_is_not_taken_for_none(client: IterableClient, canned: Canned, body: str) -> None:
    canned.answer(200, body)
    with pytest.raises(Ambiguous):
        client.lists.size(7)


def test_an_export_streams_an_object_a_line(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, '{"email":"ann@example.com"}\n{"email":"ben@example.com","new":[1]}\n')
    found = list(client.exports.data(Export("user")))
    assert found == [{"email": "ann@example.com"}, {"email": "ben@example.com", "new": [1]}]


@pytest.mark.parametrize("line", ["[]", "ann", '{"email":'])
def test_a_line_that_is_no_object_ends_an_export(client: IterableClient, canned: Canned, line: str) -> None:
    canned.answer(200, f'{{"a":1}}\n{line}\n')
    rows = client.exports.data(Export("user"))
    assert next(rows) == {"a": 1}
    with pytest.raises(Ambiguous):
        next(rows)


def test_files_of_a_job_are_paged_by_the_last_name(client: IterableClient, canned: Canned) -> None:
    page = {"jobId": 8, "jobState": "running", "exportTruncated": False}
    for names in (["1.csv", "2.csv"], ["3.csv"], []):
        canned.answer(200, page | {"files": [{"file": name, "url": f"https://files.example.com/{name}"} for name in names]})
    assert [file.name for file in client.exports.all_files(8)] == ["1.csv", "2.csv", "3.csv"]
    assert [asked.query.get("startAfter") for asked in canned.asked] == [None, ["2.csv"], ["3.csv"]]


def test_a_service_that_repeats_its_files_is_not_asked_for_ever(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"jobId": 8, "jobState": "Completed", "files": [{"file": "1.csv", "url": "https://x.example.com"}]})
    assert [file.name for file in client.exports.all_files(8)] == ["1.csv"]
    assert len(canned.asked) == 2


def test_a_file_is_fetched_without_our_key(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, 'email,note\na@example.com,"two\nlines"\n')
    lines = list(client.exports.download(ExportFile("1.csv", f"{canned.url}/bucket/1.csv?{SIGNATURE}")))
    assert lines == ["email,note\n", 'a@example.com,"two\n', 'lines"\n']
    [asked] = canned.asked
    assert not {"api-key", "authorization", "cookie"} & {name.lower() for name in asked.headers}


@pytest.mark.parametrize(("status", "error"), [(403, NotThere), (404, NotThere), (503, ServiceBusy)])
def test_a_file_that_is_gone_is_no_matter_of_our_key(
    client: IterableClient, canned: Canned, status: int, error: type[NotThere | ServiceBusy]
) -> None:
    canned.answer(status, "<Error/>")
    with pytest.raises(error) as caught:
        list(client.exports.download(ExportFile("1.csv", f"{canned.url}/1.csv?{SIGNATURE}")))
    assert SIGNATURE not in repr(caught.value) + repr(caught.value.call)


def test_the_link_of_a_file_stands_in_no_repr_and_no_error(client: IterableClient) -> None:
    file = ExportFile("1.csv", f"http://127.0.0.1:1/1.csv?{SIGNATURE}")
    with pytest.raises(Unreachable) as caught:
        list(client.exports.download(file))
    assert SIGNATURE not in repr(file) + repr(caught.value) + repr(caught.value.call)
    assert caught.value.__context__ is None
