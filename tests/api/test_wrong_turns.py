"""Whatever goes wrong before a view is reached, a program is answered in JSON, in the shape of its door."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory

from iterable_admin.wrong_turns import NOTHING, server_error

DOORS = [("/api/v1/events/", "detail"), ("/iterable/api/events/track", "msg"), ("/oauth/token", "error_description")]


@pytest.mark.parametrize(("path", "word"), DOORS)
def test_a_host_that_is_not_ours_is_refused_in_the_doors_shape(client: Client, path: str, word: str) -> None:
    answer = client.post(path, headers={"Host": "elsewhere.example"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")
    assert answer.json()[word].startswith("The request is malformed: ")


@pytest.mark.parametrize("path", ["/api", "/api/v2/", "/iterable", "/iterable/", "/oauth", "/oauth/authorize"])
def test_what_is_not_there_is_said_in_the_doors_shape(client: Client, path: str) -> None:
    answer = client.post(path)
    word, text = ("msg", "Endpoint not found: POST ") if "iterable" in path else ("detail", NOTHING)
    word = "error_description" if "oauth" in path else word

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
    assert answer.json()[word].startswith(text)


@pytest.mark.parametrize(("path", "word"), DOORS)
def test_an_error_of_ours_is_said_in_the_doors_shape(path: str, word: str) -> None:
    answer = server_error(RequestFactory().post(path))

    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/json")
    assert b"An error occurred." in answer.content
    assert word.encode() in answer.content


def test_a_person_gets_a_page(client: Client) -> None:
    answer = client.get("/admin/", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (400, "text/html")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"data": "x" * 4_500_001, "content_type": "application/x-www-form-urlencoded"}, 413),
        ({"data": "&".join(f"a{n}=1" for n in range(1_100)), "content_type": "application/x-www-form-urlencoded"}, 400),
        ({"data": "{}", "content_type": "multipart/form-data"}, 400),
    ],
)
def test_a_form_that_cannot_be_read_gets_no_token(client: Client, told: dict[str, Any], status: int) -> None:
    answer = client.post("/oauth/token", **told)
    assert (answer.status_code, answer.json()["error"]) == (status, "invalid_request")
