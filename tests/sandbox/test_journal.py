from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.project import catalog
from tests.sandbox.caller import Caller

ANN = "ann@example.com"


def fill(caller: Caller) -> None:
    caller.make(ANN, a=1, when="2023-06-11")
    caller.make(ANN, a=2)
    caller.call("DELETE", f"/api/subscriptions/messageChannel/{catalog.MARKETING_CHANNEL}/user/ann%40example.com")
    caller.post("/api/events/track", {"email": ANN, "eventName": "X", "id": "e-1", "createdAt": 1686441600})

    for email in ("old@example.com", "twin@example.com", "gone@example.com"):
        caller.make(email, b=1)
    list_id = caller.post("/api/lists", {"name": "Mine"})[1]["listId"]
    deleted_id = caller.post("/api/lists", {"name": "Deleted"})[1]["listId"]
    for number in (list_id, deleted_id):
        caller.post("/api/lists/subscribe", {"listId": number, "subscribers": [{"email": ANN}]})
    caller.call("DELETE", f"/api/lists/{deleted_id}")
    caller.post("/api/users/updateEmail", {"currentEmail": "old@example.com", "newEmail": "new@example.com"})
    caller.post("/api/users/merge", {"sourceEmail": "twin@example.com", "destinationEmail": ANN})
    caller.post("/api/users/forget", {"email": "gone@example.com"})


def everything(caller: Caller) -> list[object]:
    paths = (
        "/api/users/ann%40example.com",
        "/api/users/new%40example.com",
        "/api/events/ann%40example.com",
        "/api/users/getFields",
        "/api/users/forgotten",
        "/api/lists",
        "/sandbox/counts.json",
    )
    return [*(caller.get(path) for path in paths), caller.history(ANN)]


def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "state")
    with running_sandbox(state=file) as running, Caller(running.url) as caller:
        fill(caller)
        before = everything(caller)
    with running_sandbox(state=file) as running, Caller(running.url) as caller:
        assert everything(caller) == before
        assert caller.get("/sandbox/counts.json")[1]["users"] == 2
        assert caller.post("/api/users/update", {"email": ANN, "dataFields": {"a": "x"}})[0] == 400


def test_what_was_answered_is_on_disk_at_once(tmp_path: Path) -> None:
    file, copy = tmp_path / "state", tmp_path / "copy"
    with running_sandbox(state=str(file)) as running, Caller(running.url) as caller:
        fill(caller)
        copy.write_bytes(file.read_bytes())
        before = everything(caller)
    with running_sandbox(state=str(copy)) as running, Caller(running.url) as caller:
        assert everything(caller) == before


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "state"
    with running_sandbox(state=str(file)) as running, Caller(running.url) as caller:
        caller.make(ANN, a=1)
    with file.open("ab") as journal:
        journal.write(b'{"at":1,"due":1,"wri')
    with running_sandbox(state=str(file)) as running, Caller(running.url) as caller:
        assert caller.fields(ANN) == {"a": 1}
        caller.make(ANN, a=2)
    with running_sandbox(state=str(file)) as running, Caller(running.url) as caller:
        assert caller.fields(ANN) == {"a": 2}


def test_what_waits_for_its_delay_still_waits_after_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "state")
    with running_sandbox(state=file, delay=60.0) as running, Caller(running.url) as caller:
        caller.make(ANN, a=1)
        waiting = caller.post("/api/lists", {"name": "Waiting"})[1]["listId"]
    with running_sandbox(state=file) as running, Caller(running.url) as caller:
        assert caller.fields(ANN) is None
        assert len(running.state.pending) == 2
        assert caller.post("/api/lists", {"name": "Next"})[1]["listId"] == waiting + 1


def test_a_reset_empties_state_and_file(tmp_path: Path) -> None:
    file = tmp_path / "state"
    with running_sandbox(state=str(file)) as running, Caller(running.url) as caller:
        fill(caller)
        assert caller.post("/sandbox/reset", {})[0] == 200
        assert (caller.fields(ANN), caller.history(ANN), file.read_bytes()) == (None, [], b"")
        assert len(caller.get("/api/channels")[1]["channels"]) == 2


def test_two_sandboxes_cannot_share_a_file(tmp_path: Path) -> None:
    file = str(tmp_path / "state")
    with running_sandbox(state=file), pytest.raises(BlockingIOError), running_sandbox(state=file):
        pass


def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_text("something\nelse")
    with pytest.raises(CommandError, match="read the state"):
        call_command("iterable_sandbox", port=0, state=str(file))
    assert file.read_text() == "something\nelse"
