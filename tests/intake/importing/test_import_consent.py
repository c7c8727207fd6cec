"""Files become ledger rows and sights of profiles: each line once, whatever is wrong with its neighbours."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import Channel, MessageType, ObservedProfile, SubscriptionChange
from contacts.consent.verifying import faults
from iterable_admin.addresses import address_key
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, unsubscription
from iterable_admin.outbox.models import Delivery

pytestmark = pytest.mark.django_db

ADA, BOB = "ada@example.com", "bob@example.com"
JANUARY = datetime(2026, 1, 10, 12, tzinfo=UTC)
Write = Callable[..., str]


@pytest.fixture(autouse=True)
def catalogue(seeded: None) -> None:
    Channel.objects.filter(name="Marketing Channel").update(iterable_id=10)
    MessageType.objects.filter(name="GitLab Marketing").update(iterable_id=20)
    MessageType.objects.filter(name="Marketing Message").update(iterable_id=21)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def into(*lines: Any, name: str = "file") -> str:
        path = tmp_path / name
        path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
        return str(path)

    return into


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("import_consent", *arguments, stdout=out)
    return out.getvalue()


def ledger() -> list[tuple[Any, ...]]:
    columns = ("target", "target_key", "verdict", "basis", "dated_by", "source")
    return list(SubscriptionChange.objects.order_by("pk").values_list(*columns))


def profile(email: str = ADA, **fields: Any) -> dict[str, Any]:
    return {
        "email": email,
        "emailListIds": [5],
        "unsubscribedChannelIds": [],
        "unsubscribedMessageTypeIds": [],
        "subscribedMessageTypeIds": [],
        "profileUpdatedAt": "2026-01-10 12:00:00 +00:00",
        **fields,
    }


def test_an_export_shows_profiles_and_what_people_left(write: Write) -> None:
    left = profile(unsubscribedChannelIds=[10], unsubscribedMessageTypeIds=[21], subscribedMessageTypeIds=[20])
    run(write(left, profile(BOB)))
    assert ledger() == [
        ("channel", "10", "withdrawn", "system", "latest", "Iterable export"),
        ("message_type", "21", "withdrawn", "system", "latest", "Iterable export"),
        ("message_type", "20", "imported", "system", "latest", "Iterable export"),
    ]
    assert set(SubscriptionChange.objects.values_list("occurred_at", "target_name")) == {
        (JANUARY, "Marketing Channel"),
        (JANUARY, "Marketing Message"),
        (JANUARY, "GitLab Marketing"),
    }
    seen = ObservedProfile.objects.get(pk=address_key(ADA))
    assert (seen.list_ids, seen.unsubscribed_channel_ids, seen.subscribed_message_type_ids) == ([5], [10], [20])
    assert (seen.observed_at, seen.source, ObservedProfile.objects.count()) == (JANUARY, "import", 2)


def test_the_same_export_as_csv_says_the_same(write: Write) -> None:
    header = "email,emailListIds,unsubscribedChannelIds,unsubscribedMessageTypeIds,subscribedMessageTypeIds,profileUpdatedAt"
    run(write(header, f'{ADA},"[5]","[10, 11]",,"20",2026-01-10 12:00:00 +00:00'))
    assert [row[:3] for row in ledger()] == [
        ("channel", "10", "withdrawn"),
        ("channel", "11", "withdrawn"),
        ("message_type", "20", "imported"),
    ]


def test_a_table_of_our_own_names_targets_in_several_ways(write: Write) -> None:
    lines = [
        "Email,Verdict,Target,Occurred at,Source,Basis",
        f"{ADA},withdrawn,,2026-01-10T12:00:00Z,Paper of {ADA},explicit",
        f"{ADA},Unsubscribed,channel:10,2026-01-10T12:00:00Z,,",
        f"{ADA},withdrawn,GitLab Marketing,2026-01-10T12:00:00Z,,",
        f"{ADA},withdrawn,list:77,2026-01-10T12:00:00Z,,",
        f"{BOB},granted,all_marketing,2026-01-11T12:00:00Z,,",
        f"{BOB},expired,message_type:GitLab Marketing,2026-01-11T12:00:00Z,,",
    ]
    run(write(*lines), "--source", "Old CRM")
    assert ledger() == [
        ("all_marketing", "", "withdrawn", "explicit", "caller", "Paper of a…@e….com"),
        ("channel", "10", "withdrawn", "system", "caller", "Old CRM"),
        ("message_type", "20", "withdrawn", "system", "caller", "Old CRM"),
        ("list", "77", "withdrawn", "system", "caller", "Old CRM"),
        ("all_marketing", "", "imported", "system", "caller", "Old CRM"),
        ("message_type", "20", "expired", "system", "caller", "Old CRM"),
    ]


def test_an_imported_grant_never_lifts_a_withdrawal(write: Write) -> None:
    head = "email,verdict,occurred_at"
    run(write(head, f"{ADA},withdrawn,2026-01-10T12:00:00Z", f"{ADA},confirmed,2026-02-10T12:00:00Z"))
    assert live_withdrawals([address_key(ADA)])[address_key(ADA)].occurred_at == JANUARY


def test_marketos_list_is_read_in_its_time_zone(write: Write, settings: Any) -> None:
    settings.MARKETO_TIME_ZONE = "America/Los_Angeles"
    lines = [
        "Email Address,Unsubscribed,Unsubscribed Reason,Updated At",
        f"{ADA},1,,2026-01-10 04:00:00",
        f"{BOB},false,,2026-01-10",
    ]
    said = run(write(*lines))
    assert ledger() == [("all_marketing", "", "withdrawn", "system", "latest", "Marketo")]
    assert SubscriptionChange.objects.get().occurred_at == JANUARY
    assert "said nothing of this          1" in said


def test_marketos_activities_name_leads_whose_addresses_are_given(write: Write) -> None:
    leads = write("id,email", f"1,{ADA}", f"2,{BOB}", name="leads")
    activities = [
        {"leadId": 1, "activityTypeId": 9, "activityDate": "2026-01-10T12:00:00+0000", "primaryAttributeValue": "A mail"},
        {"leadId": 1, "activityTypeId": 10, "activityDate": "2026-01-10T12:00:00Z"},
        {
            "leadId": 2,
            "activityTypeId": 13,
            "activityDate": "2026-01-10T12:00:00Z",
            "fields": [{"name": "unsubscribed", "oldValue": "0", "newValue": "1"}],
        },
        {
            "leadId": 2,
            "activityTypeId": 13,
            "activityDate": "2026-01-11T12:00:00Z",
            "primaryAttributeValue": "Unsubscribed",
            "attributes": [{"name": "New Value", "value": "false"}, {"name": "Old Value", "value": "true"}],
        },
        {"leadId": 3, "activityTypeId": 9, "activityDate": "2026-01-10T12:00:00Z"},
    ]
    said = run(write({"result": activities, "moreResult": False}), "--leads", leads)
    assert [row[2:5] for row in ledger()] == [
        ("withdrawn", "explicit", "caller"),
        ("withdrawn", "system", "caller"),
        ("imported", "system", "caller"),
    ]
    assert "line 1: leadId: no address is known for this lead" in said


def test_a_bulk_extract_of_activities_is_read_too(write: Write) -> None:
    header = (
        "marketoGUID,leadId,activityDate,activityTypeId,campaignId,primaryAttributeValueId,primaryAttributeValue,attributes,email"
    )
    attributes = '"{""New Value"":""true"",""Old Value"":""false"",""Reason"":""CRM""}"'
    run(
        write(
            header,
            f"a1,1,2026-01-10T12:00:00Z,13,,,Unsubscribed,{attributes},{ADA}",
            f"a2,1,2026-01-10T12:00:00Z,13,,,Phone,,{ADA}",
        )
    )
    assert [row[2:4] for row in ledger()] == [("withdrawn", "system")]


def test_the_same_lines_are_imported_once_from_whichever_file(write: Write) -> None:
    lines = [f"{ADA},withdrawn,2026-01-10T12:00:00Z", f"{BOB},withdrawn,2026-01-11T12:00:00Z"]
    first = write("email,verdict,occurred_at", *lines, lines[0])
    run(first)
    before = list(SubscriptionChange.objects.values_list("cause_id", flat=True))
    said = run(
        first, write("email,verdict,occurred_at", *reversed(lines), f"{ADA},withdrawn,2026-01-12T12:00:00Z", name="overlaps")
    )
    assert SubscriptionChange.objects.count() == 3
    assert set(before) < set(SubscriptionChange.objects.values_list("cause_id", flat=True))
    assert "known before          5" in said
    assert list(faults()) == []


def test_each_row_names_its_line(write: Write) -> None:
    run(write("email,verdict,occurred_at", f"{ADA},withdrawn,2026-01-10", "", f"{BOB},withdrawn,2026-01-10"))
    causes = [(row.cause, row.cause_id.partition(":")[2]) for row in SubscriptionChange.objects.order_by("pk")]
    assert causes == [("import", "2"), ("import", "4")]


def test_a_dry_run_counts_the_same_and_writes_nothing(write: Write) -> None:
    lines = [
        profile(unsubscribedChannelIds=[10]),
        profile(unsubscribedChannelIds=[10]),
        profile(BOB, subscribedMessageTypeIds=[20]),
        "{",
    ]
    path = write(*lines)
    dry = run(path, "--dry-run", "--apply")
    assert (SubscriptionChange.objects.count(), ObservedProfile.objects.count(), Delivery.objects.count()) == (0, 0, 0)
    wet = run(path)
    assert dry.splitlines()[:-1] == wet.splitlines()
    assert SubscriptionChange.objects.count() == 2


def test_bad_lines_are_told_with_their_mend_and_stop_nobody(write: Write) -> None:
    lines = [
        "email,verdict,target,occurred_at",
        "ada.example.com,withdrawn,,2026-01-10",
        f"{ADA},perhaps,,2026-01-10",
        f"{ADA},granted,,the other day",
        f"{ADA},withdrawn,Newsletter,2026-01-10",
        f"{ADA},withdrawn,,2026-01-10,too,many",
        ",withdrawn,,2026-01-10",
        f"{BOB},withdrawn,,the other day",
    ]
    said = run(write(*lines))
    assert "line 2: email: is not an email address" in said
    assert "line 3: verdict: must be withdrawn, granted" in said
    assert "line 4: occurred_at: must be a time" in said
    assert "line 5: target: no channel, message type or list of this name is known" in said
    assert "line 6: line: has 6 fields" in said
    assert "line 7: email: is missing" in said
    assert "line 8: occurred_at: not a time, taken as receipt. The line was imported. (b…@e….com)" in said
    assert "not taken, to mend          6" in said
    assert (ADA in said, BOB in said) == (False, False)
    assert ledger() == [("all_marketing", "", "withdrawn", "system", "receipt", "Import")]


def test_broken_json_is_a_bad_line(write: Write) -> None:
    said = run(write(profile(), "{oops", profile(BOB, unsubscribedChannelIds="ten"), profile(BOB)))
    assert "line 2: line: is no JSON object" in said
    assert "line 3: unsubscribedChannelIds: must be a list of ids" in said
    assert ObservedProfile.objects.count() == 2


def test_a_header_that_tells_nothing_is_asked_about(write: Write) -> None:
    with pytest.raises(CommandError, match="say --from"):
        run(write("a,b", "1,2"))
    with pytest.raises(CommandError, match="No such file"):
        run("/nowhere/at/all.csv")
    assert SubscriptionChange.objects.count() == 0


def test_those_whom_iterable_has_are_told_and_opted_out_on_request(write: Write) -> None:
    run(write(profile(), profile(BOB, unsubscribedChannelIds=[10]), name="profiles"))
    unsubscribed = write(
        "email,unsubscribed,updatedAt", f"{ADA},true,2026-02-10", f"{BOB},true,2026-02-10", "eve@example.com,1,2026-02-10"
    )
    said = run(unsubscribed)
    assert "1 of these people withdrew, and Iterable has them with the Marketing Channel open" in said
    assert "Of 1 who withdrew it is not known" in said
    assert Delivery.objects.count() == 0
    assert "The opt-outs of 1 were enqueued" in run(unsubscribed, "--apply")
    assert "were enqueued" not in run(unsubscribed, "--apply")
    assert list(Delivery.objects.values_list("email", "operation", "cause")) == [(ADA, "unsubscribe", "import")] * 2


def test_an_opt_out_of_another_channel_is_no_opt_out_of_marketing(write: Write) -> None:
    run(write(profile(), name="profiles"))
    enqueue([unsubscription(ADA, CHANNEL, "Transactional Channel", 11, Cause("operator", "1"))])
    said = run(write("email,unsubscribed,updatedAt", f"{ADA},true,2026-02-10"), "--apply")
    assert "The opt-outs of 1 were enqueued" in said
    assert list(Delivery.objects.order_by("pk").values_list("payload__id", "cause")) == [
        (11, "operator"),
        (10, "import"),
        (20, "import"),
    ]


def test_an_opt_out_that_a_client_named_by_id_alone_is_not_made_twice(write: Write) -> None:
    run(write(profile(), name="profiles"))
    enqueue([unsubscription(ADA, CHANNEL, "", 10, Cause("event", "1"))])
    assert "were enqueued" not in run(write("email,unsubscribed,updatedAt", f"{ADA},true,2026-02-10"), "--apply")
    assert Delivery.objects.count() == 1
