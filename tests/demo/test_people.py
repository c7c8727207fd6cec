from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from iterable_admin.demo.invented_namespaces import INPUTS
from iterable_admin.demo.people import (
    change_plan_title,
    people_known_to_iterable,
    shuffle_namespaces,
    write_warehouse,
)
from iterable_admin.warehouse.marketing_contacts import COLUMNS
from iterable_admin.warehouse.source import open_source
from tests.warehouse.contacts import MarketingContact, read_contacts

TODAY = date(2026, 4, 30)
WINDOW_START = datetime(2026, 2, 28, tzinfo=UTC)
EVERYBODY = datetime(2000, 1, 1, tzinfo=UTC)
JOHN_DOE = "john.doe@example.com"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "warehouse.duckdb"
    write_warehouse(path, TODAY)
    return path


@pytest.fixture(scope="module")
def everybody(demo: Path) -> list[MarketingContact]:
    return people_of(demo)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    write_warehouse(path, TODAY, people=200)
    return path


def people_of(path: Path, window_start: datetime = EVERYBODY) -> list[MarketingContact]:
    with open_source(f"duckdb://{path}") as source:
        return list(read_contacts(source, window_start))


def namespaces_by_address(path: Path) -> dict[str, list[dict[str, object]] | None]:
    return {person.email_address: person.namespaces for person in people_of(path)}


def test_the_table_has_the_real_one_s_columns(demo: Path) -> None:
    with duckdb.connect(str(demo), read_only=True) as connection:
        described = connection.execute("DESCRIBE PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL").fetchall()
    assert tuple(row[0] for row in described) == COLUMNS


def test_john_doe_has_namespace_123456_to_the_letter_and_is_in_the_window(demo: Path) -> None:
    [john] = [person for person in people_of(demo, WINDOW_START) if person.email_address == JOHN_DOE]
    expected = json.loads((INPUTS / "namespace_123456.json").read_text())
    assert len(expected) == 18
    assert (john.gitlab_user_id, john.namespaces) == (123456, [expected])
    assert john.last_login_at is not None


def test_seven_in_ten_are_in_the_window_and_its_edge_is_there(everybody: list[MarketingContact]) -> None:
    ages = Counter(person.created_at >= WINDOW_START for person in everybody)
    assert ages == {True: 3_499, False: 1_501}
    assert [person.created_at for person in everybody if person.created_at == WINDOW_START] == [WINDOW_START]


def test_the_older_ones_with_a_namespace_had_a_trial_in_the_last_three_months(everybody: list[MarketingContact]) -> None:
    older = [person for person in everybody if person.created_at < WINDOW_START and person.namespaces]
    assert all(person.max_trial_start and person.max_trial_start.date() > date(2026, 1, 30) for person in older)


def test_the_same_seed_writes_the_same_people_and_another_writes_others(small: Path, tmp_path: Path) -> None:
    write_warehouse(tmp_path / "again.duckdb", TODAY, people=200)
    write_warehouse(tmp_path / "other.duckdb", TODAY, people=200, seed=2)
    assert people_of(tmp_path / "again.duckdb") == people_of(small)
    assert people_of(tmp_path / "other.duckdb") != people_of(small)


def test_the_awkward_cases_stand_in_known_numbers(everybody: list[MarketingContact]) -> None:
    namespaces = [person.namespaces for person in everybody]
    ids = [[namespace["NAMESPACE_ID"] for namespace in found] for found in namespaces if found]
    mailboxes = {person.email_address.strip().lower() for person in everybody}
    assert sum(person.last_login_at is None for person in everybody) == 200
    assert sum(person.confirmed_at is None for person in everybody) == 100
    assert sum(found is None for found in namespaces) == 250
    assert sum(found == [] for found in namespaces) == 125
    assert sum(len(found) >= 300 for found in ids) == 4
    assert sum(len(set(found)) < len(found) for found in ids) == 333
    assert sum(person.company_name == "[[unknown]]" for person in everybody) == 167
    assert sum("+" in person.email_address for person in everybody) == 152  # one is a twin
    assert sum(person.first_name is None for person in everybody) == 50
    assert len(everybody) - len(mailboxes) == 9


def test_the_namespaces_use_all_thirty_keys_and_leave_out_what_is_null(everybody: list[MarketingContact]) -> None:
    found = [namespace for person in everybody for namespace in person.namespaces or ()]
    keys = Counter(key for namespace in found for key in namespace)
    assert len(keys) == 30
    assert keys["NAMESPACE_ID"] == len(found) > keys["LIST_OF_STAGES"] == keys["ACTIVE_STAGE_COUNT"] > 0
    assert all(isinstance(namespace.get("LIST_OF_STAGES", []), list) for namespace in found)


def test_a_shared_namespace_is_the_same_for_all_its_members(everybody: list[MarketingContact]) -> None:
    titles: dict[object, set[object]] = {}
    for namespace in (namespace for person in everybody for namespace in person.namespaces or ()):
        titles.setdefault(namespace["NAMESPACE_ID"], set()).add(namespace["GITLAB_PLAN_TITLE"])
    assert {len(found) for found in titles.values()} == {1}


def test_every_address_is_of_a_reserved_domain_and_every_row_of_its_own_address(
    everybody: list[MarketingContact],
) -> None:
    hosts = {person.email_address.strip().lower().rpartition("@")[2] for person in everybody}
    assert {host.split(".")[-2] for host in hosts} == {"example"}
    assert {host.split(".")[-1] for host in hosts} == {"com", "org", "net"}
    assert len({person.email_address for person in everybody}) == len(everybody) == 5_000


def test_iterable_knows_4200_of_all_ages_and_lacks_some_of_the_window(demo: Path, everybody: list[MarketingContact]) -> None:
    known = people_known_to_iterable(demo)
    assert known == people_known_to_iterable(demo)
    assert (len(known), len(set(known)), known[0]) == (4_200, 4_200, JOHN_DOE)
    assert all(address == address.strip().lower() and address.isascii() for address in known)
    held = set(known)
    ages = Counter((person.email_address.lower() in held, person.created_at >= WINDOW_START) for person in everybody)
    assert set(ages) == {(True, True), (True, False), (False, True), (False, False)}


def test_a_changed_plan_title_changes_one_person_s_namespace_alone(small: Path) -> None:
    before = namespaces_by_address(small)
    change_plan_title(small, JOHN_DOE, "Premium")
    after = namespaces_by_address(small)
    assert [address for address in after if after[address] != before[address]] == [JOHN_DOE]
    assert after[JOHN_DOE] == [{**(before[JOHN_DOE] or [])[0], "GITLAB_PLAN_TITLE": "Premium"}]


def test_a_plan_title_of_somebody_unknown_is_refused_and_changes_nothing(small: Path) -> None:
    before = small.read_bytes()
    with pytest.raises(LookupError, match=r"nobody@example\.com"):
        change_plan_title(small, "nobody@example.com", "Premium")
    assert small.read_bytes() == before
    assert [path.name for path in small.parent.iterdir()] == [small.name]


def test_a_shuffle_changes_the_order_and_nothing_else(small: Path) -> None:
    before = namespaces_by_address(small)
    shuffle_namespaces(small, seed=3)
    after = namespaces_by_address(small)
    assert after != before
    assert {address: sorted(map(str, found or ())) for address, found in after.items()} == {
        address: sorted(map(str, found or ())) for address, found in before.items()
    }


def test_an_open_reader_keeps_the_old_file_while_a_new_one_takes_its_place(small: Path) -> None:
    with duckdb.connect(str(small), read_only=True) as reader:
        write_warehouse(small, TODAY, people=20)
        [(count,)] = reader.execute("SELECT count(*) FROM PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL").fetchall()
    assert (count, len(people_of(small))) == (200, 20)


def test_a_writing_that_fails_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    in_the_way = tmp_path / "warehouse.duckdb"
    in_the_way.mkdir()
    with pytest.raises(IsADirectoryError):
        write_warehouse(in_the_way, TODAY, people=20)
    assert list(tmp_path.iterdir()) == [in_the_way]


def test_the_registrations_are_the_instance_s_own_examples() -> None:
    trial = json.loads((INPUTS / "saas_trial_john_doe.json").read_text())
    free = json.loads((INPUTS / "saas_free_registration_alabama.json").read_text())
    assert (len(trial), trial["email"], trial["state"], trial["userRole"]) == (11, JOHN_DOE, "OR", "product_designer")
    assert (free["email"], free["state"], free["userRole"]) == ("jane.roe@example.com", "Alabama", "other")
    assert "latest_trial_start_date" not in free
