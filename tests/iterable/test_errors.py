from __future__ import annotations

import pickle
import socket
import threading
import traceback

import pytest

from iterable_admin.errors import Misconfigured, Permanent, Temporary
from iterable_admin.iterable import errors
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.mismatches import FieldMismatch
from iterable_admin.iterable.writes import ProfileUpdate
from tests.iterable.conftest import KEY, Canned

ANN = ProfileUpdate({}, email="ann@example.com")


def envelope(code: str, msg: str = "said so", params: object = None) -> dict[str, object]:
    return {"msg": msg, "code": code, "params": params}


@pytest.mark.parametrize(
    ("status", "code", "expected", "family"),
    [
        (302, "", errors.Misdirected, Misconfigured),
        (400, "BadParams", errors.Refused, Permanent),
        (400, "BatchTooLarge", errors.TooLarge, Permanent),
        (401, "Success", errors.Unauthorised, Misconfigured),
        (401, "BadApiKey", errors.Unauthorised, Misconfigured),
        (403, "Forbidden", errors.Forbidden, Misconfigured),
        (404, "NotFound", errors.NotThere, Permanent),
        (408, "", errors.ServiceBusy, Temporary),
        (409, "ForgottenUserError", errors.Conflicted, Permanent),
        (413, "", errors.TooLarge, Permanent),
        (429, "RateLimitExceeded", errors.ServiceBusy, Temporary),
        (500, "GenericError", errors.ServiceBusy, Temporary),
        (503, "Success", errors.ServiceBusy, Temporary),
    ],
)
def test_the_status_decides_before_the_code(
    client: IterableClient, canned: Canned, status: int, code: str, expected: type[Exception], family: type[Exception]
) -> None:
    canned.answer(status, envelope(code))
    with pytest.raises(errors.IterableError) as caught:
        client.users.update(ANN)
    assert type(caught.value) is expected
    assert isinstance(caught.value, family)
    assert (caught.value.code, caught.value.call.status) == (code, status)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Rate limit exceeded. Please try again later.", "429: Rate limit exceeded. Please try again later."),
        ("<html><head><title>429\n Slow down</title></head></html>", "429: 429 Slow down"),
        ({"error": "Busy", "message": "Come back", "code": "x.y", "data": {}}, "429 x.y: Come back"),
        ({"msg": None, "code": None, "params": None}, "429"),
        ([1], "429: [1]"),
        ("", "429"),
        ("{" * 100_000, "429: " + "{" * 500),
    ],
)
def test_an_error_in_any_shape_is_put_into_words(client: IterableClient, canned: Canned, body: object, text: str) -> None:
    canned.answer(429, body)
    with pytest.raises(errors.ServiceBusy) as caught:
        client.users.update(ANN)
    assert str(caught.value) == f"{text} (POST /api/users/update)"


@pytest.mark.parametrize(("header", "seconds"), [("60", 60.0), ("soon", None), ("0", None)])
def test_a_named_time_to_come_back_is_kept(client: IterableClient, canned: Canned, header: str, seconds: float | None) -> None:
    canned.answer(429, "", Retry_After=header)
    with pytest.raises(errors.ServiceBusy) as caught:
        client.users.update(ANN)
    assert caught.value.retry_after == seconds


def test_a_type_mismatch_names_field_and_value(client: IterableClient, canned: Canned) -> None:
    detail = {"incomingTypes": ["string", "keyword"], "expectedType": "date", "category": "user", "offendingValue": "GGG"}
    params = {"validationErrors": {"born": detail | {"_type": "UnexpectedType"}}}
    canned.answer(400, envelope("RequestFieldsTypesMismatched", params=params))
    with pytest.raises(errors.WrongTypes) as caught:
        client.users.bulk_update([ANN])
    assert caught.value.mismatches == [FieldMismatch("born", "date", ("string", "keyword"), "GGG", "user")]


@pytest.mark.parametrize("params", [None, {}, {"validationErrors": None}, {"validationErrors": {"born": None}}])
def test_a_type_mismatch_without_details_is_still_one(client: IterableClient, canned: Canned, params: object) -> None:
    canned.answer(400, envelope("RequestFieldsTypesMismatched", params=params))
    with pytest.raises(errors.WrongTypes) as caught:
        client.users.bulk_update([ANN])
    assert caught.value.mismatches == []


@pytest.mark.parametrize(
    "params",
    [
        {"obj.users[1].preferUserId": "Boolean value expected"},
        {"obj.events[0].eventName": [{"msg": "error.path.missing", "args": []}]},
    ],
)
def test_both_forms_of_a_bad_body_are_refusals(client: IterableClient, canned: Canned, params: object) -> None:
    canned.answer(400, envelope("BadJsonBody", "[/api/x] Invalid JSON body", params))
    with pytest.raises(errors.Refused) as caught:
        client.users.update(ANN)
    assert (caught.value.code, type(caught.value)) == ("BadJsonBody", errors.Refused)


@pytest.mark.parametrize(
    "echo",
    [
        f"Headers: Api-Key: {KEY}\r\nHost: x",
        f"Headers(List((api_key,{KEY.upper()}), (Host,x)))",
        f'{{"Api_Key":["{KEY}"],"Host":["x"]}}',
        f"{'x' * 485} {KEY}",
        f"{'x' * 1990} {KEY}",
        "Map(Authorization -> Bearer other-secret)",
    ],
)
def test_no_secret_survives_when_the_service_echoes_our_request(client: IterableClient, canned: Canned, echo: str) -> None:
    canned.answer(400, envelope("BadJsonBody", echo), Iterable_Request_Id=KEY)
    with pytest.raises(errors.Refused) as caught:
        client.users.update(ANN)
    error = caught.value
    shown = "\n".join([str(error), repr(error), repr(error.call), *traceback.format_exception(error)]).lower()
    assert KEY[:12] not in shown
    assert "other-secret" not in shown


def test_the_excerpt_is_short_and_fit_for_a_database(client: IterableClient, canned: Canned) -> None:
    canned.answer(400, "a\x00b" + "c" * 5000)
    with pytest.raises(errors.Refused) as caught:
        client.users.update(ANN)
    assert caught.value.call.excerpt == "ab" + "c" * 1998


def test_a_redirect_is_not_followed(client: IterableClient, canned: Canned) -> None:
    canned.answer(307, "", Location=canned.url + "/elsewhere")
    with pytest.raises(errors.Misdirected):
        client.users.update(ANN)
    assert len(canned.asked) == 1


def test_a_server_error_is_not_repeated_by_the_client(client: IterableClient, canned: Canned) -> None:
    canned.answer(503, "")
    with pytest.raises(errors.ServiceBusy):
        client.users.update(ANN)
    assert len(canned.asked) == 1


def test_a_refused_connection_was_surely_not_received() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(errors.Unreachable) as caught:
            IterableClient(KEY, url, timeout=(1, 1)).users.update(ANN)
    assert (caught.value.call.status, caught.value.call.request_id) == (None, "")


def test_a_hang_up_after_sending_is_ambiguous(client: IterableClient, canned: Canned) -> None:
    canned.hang_up = True
    with pytest.raises(errors.Ambiguous):
        client.users.update(ANN)
    assert len(canned.asked) == 1


def test_silence_after_sending_is_ambiguous_and_quotes_no_address(canned: Canned) -> None:
    canned.silence = threading.Event()
    address = "@".join(["ann", "example.com"])  # put together, so that the traceback's source lines do not hold it
    with pytest.raises(errors.Ambiguous) as caught:
        IterableClient(KEY, canned.url, timeout=(1, 0.05)).users.by_email(address)
    canned.silence.set()
    shown = "".join(traceback.format_exception(caught.value))
    assert address not in shown
    assert "ann%40example.com" not in shown


def test_an_answer_cut_short_is_ambiguous(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, "{}", Content_Length="100", Connection="close")
    with pytest.raises(errors.Ambiguous):
        IterableClient(KEY, canned.url, timeout=(1, 0.2)).users.update(ANN)


@pytest.mark.parametrize("url", ["api.example.com", "ftp://127.0.0.1", "http://"])
def test_an_unusable_base_url_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(errors.Misdirected, match="ITERABLE_BASE_URL"):
        IterableClient(KEY, url).users.update(ANN)


@pytest.mark.parametrize("key", ["", "  ", "two words", "schlüssel", "a\r\nb"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        IterableClient(key)
    assert key.strip() == "" or key not in str(caught.value)


def test_an_error_survives_pickling(client: IterableClient, canned: Canned) -> None:
    canned.answer(429, "slow", Retry_After="7")
    with pytest.raises(errors.ServiceBusy) as caught:
        client.users.update(ANN)
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (str(copy), copy.retry_after, copy.call) == (str(caught.value), 7.0, caught.value.call)


@pytest.mark.parametrize(
    ("code", "echo", "told"),
    [
        (
            "BadJsonBody",
            '[/api/users/update] Invalid JSON body {"email":"ann@example.com"}',
            "[/api/users/update] Invalid JSON body; a: no",
        ),
        ("BadJsonBody", "email=ann@example.com", "Invalid JSON body; a: no"),
        ("GenericError", 'cannot read {"email":"ann@example.com"} of it', "cannot read […]"),
    ],
)
def test_what_an_error_quotes_of_our_request_stands_in_no_message(
    client: IterableClient, canned: Canned, code: str, echo: str, told: str
) -> None:
    canned.answer(400, envelope(code, echo, {"a": "no"}))
    with pytest.raises(errors.Refused) as caught:
        client.users.update(ANN)
    assert str(caught.value) == f"400 {code}: {told} (POST /api/users/update)"


@pytest.mark.parametrize("reason", ["expected.jsstring", [{"msg": "expected.jsstring", "args": ["ann@example.com"]}]])
def test_a_bad_body_is_explained_by_path_and_reason(client: IterableClient, canned: Canned, reason: object) -> None:
    canned.answer(400, envelope("BadJsonBody", "[/api/x] Invalid JSON body", {"obj.users[1].email": reason}))
    with pytest.raises(errors.Refused) as caught:
        client.users.update(ANN)
    assert caught.value.message.startswith("400 BadJsonBody: [/api/x] Invalid JSON body; obj.users[1].email: expected.jsstring (")


def test_a_client_that_was_not_made_can_be_shown_on_an_error_page() -> None:
    assert repr(IterableClient.__new__(IterableClient)) == "IterableClient(api.iterable.com, project_type=email)"
