from __future__ import annotations

import http.client
import re
from urllib.parse import urlencode

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

FORM = "application/x-www-form-urlencoded"


def submit(sandbox: Caller, path: str, fields: dict[str, str], **headers: str) -> tuple[int, str | None, str]:
    """Status, where it leads, and the body; `headers` as a browser adds them, with _ for -."""
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    told = {"Content-Type": FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request("POST", path, urlencode(fields), told)
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Location"), answer.read().decode()
    connection.close()
    return found


def card(sandbox: Caller, name: str) -> str:
    """The words of one switch."""
    page = sandbox.send("GET", "/")[1]
    found = re.search(rf'<li id="{name}" class="(\w+)">(.*?)</li>', page)
    assert found
    return found[1] + " " + re.sub("<[^>]+>", " ", found[2])


def switched_on(sandbox: Caller) -> list[str]:
    faults = sandbox.get("/sandbox/faults")[1]
    return [name for name, value in faults.items() if isinstance(value, dict)]


def test_a_fault_is_switched_on_and_off_by_the_page_s_own_form(sandbox: Caller) -> None:
    shaped = {"fault": "storm-429", "on": "yes", "times": "5", "path": "/api/events", "person": ""}
    assert submit(sandbox, "/sandbox/switch", shaped, Origin=sandbox.url) == (303, "/#storm-429", "")
    assert sandbox.post("/api/events/track", {"email": "ann@example.com", "eventName": "X"})[0] == 429
    assert "for 4 calls more, on /api/events. Struck 1 call, last at 20" in card(sandbox, "storm-429")
    assert submit(sandbox, "/sandbox/switch", {"fault": "storm-429", "on": "no"}, Sec_Fetch_Site="same-origin")[0] == 303
    assert switched_on(sandbox) == []
    assert card(sandbox, "storm-429").startswith("off ")


def test_no_other_site_may_frame_the_page(sandbox: Caller) -> None:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse()
    policy = str(answer.getheader("Content-Security-Policy")).split("; ")
    connection.close()
    assert {"frame-ancestors 'none'", "default-src 'none'", "form-action 'self'"} < set(policy)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_another_site_changes_nothing(sandbox: Caller, headers: dict[str, str]) -> None:
    before = sandbox.get("/sandbox/clock")[1]["advanced"]
    for path in ("/sandbox/switch", "/sandbox/step", "/sandbox/faults", "/sandbox/clock", "/sandbox/reset"):
        assert submit(sandbox, path, {"fault": "errors-500", "on": "yes", "advance": "5"}, **headers)[0] == 403
    assert switched_on(sandbox) == []
    assert sandbox.get("/sandbox/clock")[1]["advanced"] == before


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("times", "many", "times: a number expected"),
        ("seconds", "-1", "timeout-after-commit.seconds"),
        ("tiems", "1", "timeout-after-commit: an object of"),
    ],
)
def test_a_wrong_form_is_told_on_the_page_and_switches_nothing(sandbox: Caller, field: str, value: str, words: str) -> None:
    status, _, page = submit(sandbox, "/sandbox/switch", {"fault": "timeout-after-commit", field: value})
    alert = re.search('role="alert">(.*?)</p>', page)
    assert (status, switched_on(sandbox)) == (400, [])
    assert alert
    assert words in alert[1]


def test_the_clock_is_moved_by_form(sandbox: Caller) -> None:
    assert submit(sandbox, "/sandbox/step", {"advance": "90"})[:2] == (303, "/#clock")
    assert sandbox.get("/sandbox/clock")[1]["advanced"] == 90
    assert submit(sandbox, "/sandbox/step", {"advance": "-1"})[0] == 400


def test_the_page_says_which_calls_a_fault_struck(sandbox: Caller) -> None:
    sandbox.post("/sandbox/faults", {"resets-after-work": {"times": 1}})
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        sandbox.make("ann@example.com")
    row = "<td>POST /api/users/update</td><td>no answer</td><td>resets-after-work</td><td>yes</td>"
    assert row in sandbox.send("GET", "/")[1]


def test_the_page_needs_no_script_and_fits_a_telephone_in_the_dark(sandbox: Caller) -> None:
    page = sandbox.send("GET", "/")[1]
    assert "<script" not in page
    assert 'content="width=device-width, initial-scale=1"' in page
    assert "prefers-color-scheme:dark" in page
    inputs = re.findall(r'<input id="([^"]+)"', page)
    assert sorted(inputs) == sorted(re.findall(r'<label for="([^"]+)"', page))


def section(page: str, name: str) -> str:
    """The words between one heading and the next."""
    found = re.search(rf'<h2 id="{name}">.*?(?=<h2|</main>)', page, re.DOTALL)
    assert found
    return " ".join(re.sub("<[^>]+>", " ", found[0]).split())


def test_it_shows_one_person_alone_when_asked(sandbox: Caller) -> None:
    for name in ("ann", "bob"):
        sandbox.make(f"{name}@example.com")
        sandbox.post("/api/events/track", {"email": f"{name}@example.com", "eventName": f"Of {name}", "id": name})
    sandbox.post("/api/users/updateSubscriptions", {"email": "ann@example.com", "unsubscribedChannelIds": [7]})
    page = sandbox.send("GET", "/?person=Ann%40example.com")[1]
    assert [section(page, name).count("ann@example.com") for name in ("users", "events")] == [1, 1]
    assert "[] [7] [] []" in section(page, "users")
    assert "POST /api/users/updateSubscriptions 200 yes" in section(page, "calls")
    assert "bob" not in section(page, "calls") + section(page, "users") + section(page, "events")


def test_it_shows_the_webhooks_it_posted() -> None:
    nowhere = "http://127.0.0.1:9/inbox"
    with running_sandbox(webhook_url=nowhere) as running, Caller(running.url) as sandbox:
        assert section(sandbox.send("GET", "/")[1], "webhooks").endswith(f"To {nowhere}. 0 still wait. None yet.")
        sandbox.post("/api/users/updateSubscriptions", {"email": "ann@example.com", "unsubscribedChannelIds": [7]})
        told = section(sandbox.send("GET", "/")[1], "webhooks")
    assert re.search(r"emailUnSubscribe ann@example.com waiting: .* \{", told)
