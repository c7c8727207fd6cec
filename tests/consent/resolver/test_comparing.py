from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from contacts.consent.resolver import comparing
from contacts.consent.resolver.comparing import compare
from tests.consent.resolver.conftest import MARKETING, person

pytestmark = pytest.mark.usefixtures("catalogue")

ANN, BOB = "a" * 64, "b" * 64


@pytest.fixture
def two_people(catalogue: None) -> None:
    person(ANN)
    person(BOB, unsubscribed_channel_ids=[MARKETING])


def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """As SQL would be that knows no reason."""
    monkeypatch.setattr(comparing, "first_reason", lambda variant, people: ("'SEND'", ()))


def test_both_executions_are_compared_for_each_person_and_type(two_people: None) -> None:
    check = compare(1_000)
    assert (check.people, check.verdicts, check.differing, check.examples) == (2, 6, 0, [])
    assert str(check) == "6 of 6 verdicts agree"


def test_no_more_people_are_drawn_than_asked_for(two_people: None) -> None:
    assert compare(1).people == 1


def test_without_anybody_there_is_nothing_to_differ(catalogue: None) -> None:
    assert str(compare(1_000)) == "0 of 0 verdicts agree"


def test_a_difference_is_kept_with_both_answers(two_people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    blind(monkeypatch)
    check = compare(1_000)
    # All but the transactional type of each.
    assert check.differing == 4
    assert [ANN, "GitLab Marketing", True, True, "SEND"] in check.examples
    assert [ANN, "GitLab Marketing", False, False, "NEVER_ASKED"] in check.examples


def test_what_changed_between_the_two_questions_is_no_difference(two_people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told = comparing._differing
    answers = iter([{comparing.Answer(ANN, "GitLab Marketing", True, True, "SEND")}])
    monkeypatch.setattr(comparing, "_differing", lambda keys, types: next(answers, None) or told(keys, types))
    assert compare(1_000).differing == 0


def test_the_command_says_the_figure_and_fails_where_they_differ(two_people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    said = StringIO()
    call_command("check_resolver", people=2, stdout=said)
    assert said.getvalue() == "2 people: 6 of 6 verdicts agree.\n"
    blind(monkeypatch)
    with pytest.raises(CommandError, match="4 of 6 verdicts differ"):
        call_command("check_resolver", people=2)
