from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from contacts.intake.booleans import read_boolean
from contacts.intake.countries import read_country
from contacts.intake.dates import read_date, read_datetime, read_instant
from contacts.intake.employee_buckets import BUCKETS, read_employee_bucket
from contacts.intake.field_types import READERS, read_array, read_integer, read_number, read_object
from contacts.intake.outgoing_form import FORM, put_in_form
from contacts.intake.people import gitlab_user_id, read_email, read_user_id
from contacts.intake.reading import Reading, Unreadable, read_text
from contacts.intake.signup_reasons import REASONS, read_signup_reason
from contacts.intake.user_roles import ROLES, read_user_role

# Whatever JSON can hold: each reader understands it or refuses it, and breaks on none.
NUMBERS = [0, -1, 1.5, -0.0, 1e300, 10**16, 10**17, 10**22, 67_768_036_191_676_798_074_881, 2**63, -(2**63), 5e-324]
TEXTS = [
    "",
    " ",
    "0",
    "-",
    "+",
    ".",
    "1e5",
    "1e999",
    "nan",
    "--1",
    "٣",
    "\u200b",
    "\ud7ff",
    "é" * 300,
    "9" * 400,
    "0000-00-00",
    "24:00",
]
AWKWARD: list[Any] = [None, True, False, *NUMBERS, *TEXTS, [], [None], [[]], {}, {"": None}, {"a": {"b": []}}]


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        (" OR ", ("OR", "")),
        (42, ("42", "")),
        (1.5, ("1.5", "")),
        ("Ада 🚀", ("Ада 🚀", "")),
        ('&amp; Söhne \\ "Co"', ('&amp; Söhne \\ "Co"', "")),
        ("", (None, "")),
        (" \u00a0\t", (None, "")),
        (None, (None, "")),
        ("[[unknown]]", (None, "")),
        ("[[Unknown]] ", (None, "")),
        ("self", ("self", "")),
        ("{{lead.Company}}", (None, "unresolved token, taken as absent")),
        ("Name {{lead.Foo}}", (None, "unresolved token, taken as absent")),
        ("{{ not closed", ("{{ not closed", "")),
    ],
)
def test_text(sent: Any, understood: Reading) -> None:
    assert read_text(sent) == understood


@pytest.mark.parametrize("sent", [True, [], {}, ["text"]])
def test_what_is_no_text_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable, match="must be text"):
        read_text(sent)


@pytest.mark.parametrize("sent", [True, "true", "True", "TRUE", 1, "1", 1.0, "Yes", "yes", "Y", " t ", "on"])
def test_true(sent: Any) -> None:
    assert read_boolean(sent) == (True, "")


@pytest.mark.parametrize("sent", [False, "false", "False", 0, "0", 0.0, "No", "no", "N", "f", "OFF"])
def test_false(sent: Any) -> None:
    assert read_boolean(sent) == (False, "")


@pytest.mark.parametrize("sent", [None, "", "  "])
def test_no_boolean_at_all(sent: Any) -> None:
    assert read_boolean(sent) == (None, "")


@pytest.mark.parametrize("sent", ["perhaps", 2, -1, "truee", [], [True], {}])
def test_what_is_no_boolean_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable, match="send true or false"):
        read_boolean(sent)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("US", "United States"),
        ("us", "United States"),
        ("USA", "United States"),
        ("U.S.", "United States"),
        ("United States", "United States"),
        ("united states of america", "United States"),
        (" United States ", "United States"),
        ("CA", "Canada"),
        ("GB", "United Kingdom"),
        ("UK", "United Kingdom"),
        ("United Kingdom of Great Britain and Northern Ireland", "United Kingdom"),
        ("DE", "Germany"),
        ("DEU", "Germany"),
        ("Deutschland", "Germany"),
        ("España", "Spain"),
        ("espana", "Spain"),
        ("日本", "Japan"),
        ("Viet Nam", "Viet Nam"),
        ("vietnam", "Viet Nam"),
        ("Korea, Republic of", "South Korea"),
        ("South Korea", "South Korea"),
        ("Taiwan, Province of China", "Taiwan"),
        ("Taiwan", "Taiwan"),
        ("Macedonia", "North Macedonia"),
        ("North Macedonia", "North Macedonia"),
        ("Swaziland", "Eswatini"),
        ("Eswatini", "Eswatini"),
        ("Turkey", "Turkey"),
        ("Türkiye", "Turkey"),
        ("The Netherlands", "Netherlands"),
        ("NL", "Netherlands"),
        ("Bolivia, Plurinational State of", "Bolivia"),
        ("Bolivia", "Bolivia"),
        ("RU", "Russia"),
        ("Russian Federation", "Russia"),
        ("IR", "Iran"),
        ("Iran, Islamic Republic of", "Iran"),
        ("Venezuela, Bolivarian Republic of", "Venezuela"),
        ("HK", "Hong Kong"),
        ("Macau", "Macao"),
        ("MO", "Macao"),
        ("MM", "Myanmar"),
        ("Burma", "Myanmar"),
        ("Switzerland", "Switzerland"),
        ("Schweiz", "Switzerland"),
        ("Sverige", "Sweden"),
        ("IE", "Ireland"),
        ("FR", "France"),
        ("CN", "China"),
        ("IN", "India"),
        ("Czech Republic", "Czechia"),
        ("Côte d'Ivoire", "Côte d'Ivoire"),
        ("Cote d\u2019Ivoire", "Côte d'Ivoire"),
        ("KP", "North Korea"),
        ("Kosovo", "Kosovo"),
    ],
)
def test_a_country_has_one_english_name(sent: str, name: str) -> None:
    assert read_country(sent) == (name, "")


# Of the form, as of world.rb: ISO alpha-2 less the countries that GitLab does not serve.
GITLABS_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BZ CA CC CD CF
CG CH CI CK CL CM CO CR CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI
GL GM GN GP GQ GR GS GT GU GW GY HM HN HR HT HU ID IE IL IM IN IO IQ IS IT JE JM JO JP KE KG KH KI KM KN KR KW KY KZ LA
LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO
NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RW SA SB SC SE SG SH SI SJ SK SL SM SN SO SR SS ST
SV SX SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""


def test_every_code_of_gitlabs_form_has_a_name_of_its_own() -> None:
    codes = GITLABS_CODES.split()
    names = [read_country(code) for code in codes]
    assert len({name for name, _ in names}) == len(codes) == 239
    assert all(len(name) > 3 and flag == "" for name, flag in names)
    assert [read_country(name) for name, _ in names] == names


@pytest.mark.parametrize("sent", ["Atlantis", "XX", "n/a", "i/n"])
def test_an_unknown_country_is_kept_and_flagged(sent: str) -> None:
    assert read_country(sent) == (sent, "unknown country, kept as received")


@pytest.mark.parametrize(
    ("sent", "bucket"),
    [
        ("1-99", "1-99"),
        ("1 - 99", "1-99"),
        (" 100 -499", "100-499"),
        ("500 - 1,999", "500-1,999"),
        ("500\u2009-\u20091,999", "500-1,999"),
        ("500\u00a0-\u00a01,999", "500-1,999"),
        ("500\u202f\u2013\u202f1,999", "500-1,999"),
        ("500-1999", "500-1,999"),
        ("2,000\u200b-9,999", "2,000-9,999"),
        ("10,000 +", "10,000+"),
        ("10000+", "10,000+"),
    ],
)
def test_a_company_size_loses_its_blanks(sent: str, bucket: str) -> None:
    assert bucket in BUCKETS
    assert read_employee_bucket(sent) == (bucket, "")


@pytest.mark.parametrize("sent", ["1-50", "many", "100"])
def test_an_unknown_company_size_is_kept_as_received_and_flagged(sent: str) -> None:
    assert read_employee_bucket(sent) == (sent, "unknown company size, kept as received")


@pytest.mark.parametrize(
    ("sent", "short"),
    [
        *((slug, short) for slug, (short, _) in REASONS.items()),
        *((short, short) for short, _ in REASONS.values()),
        *((full, short) for short, full in REASONS.values()),
        *((full.replace("'", "\u2019").upper(), short) for short, full in REASONS.values()),
        ("exploring", "I want to explore GitLab"),
        ("ci", "I want to use GitLab CI"),
        ("explore GitLab to see if it\u2019s worth switching to", "I want to explore GitLab"),
        ("I want to use GitLab CI with my existing repository.", "I want to use GitLab CI"),
        ("I want to explore GitLab to see if it's worth\u2026", "I want to explore GitLab"),
        ("joining my team who\u2019s already on GitLab", "I'm joining my team"),
    ],
)
def test_a_signup_reason_has_one_short_label(sent: str, short: str) -> None:
    assert read_signup_reason(sent) == (short, "")


@pytest.mark.parametrize("sent", ["I want to explore", "I want to explore GitLab Pages", "Because"])
def test_another_reason_is_kept(sent: str) -> None:
    assert read_signup_reason(sent) == (sent, "unknown sign-up reason, kept as received")


@pytest.mark.parametrize(
    ("sent", "slug"),
    [
        *((role, role) for role in sorted(ROLES)),
        ("Software Developer", "software_developer"),
        ("DevOps Engineer", "devops_engineer"),
        ("Devops Engineer", "devops_engineer"),
        ("Systems  Administrator", "systems_administrator"),
        ("Other", "other"),
        ("product-designer", "product_designer"),
    ],
)
def test_a_role_is_a_slug(sent: str, slug: str) -> None:
    assert read_user_role(sent) == (slug, "")


@pytest.mark.parametrize("sent", ["99", "Wizard"])
def test_an_unknown_role_is_kept_and_flagged(sent: str) -> None:
    assert read_user_role(sent) == (sent, "unknown role, kept as received")


@pytest.mark.parametrize(
    "sent",
    [
        "2023-06-11",
        " 2023-06-11 ",
        "20230611",
        "2023-06-11 00:00:00",
        "2023-06-11 00:00:00.000",
        "2023-06-11T00:00:00",
        "2023-06-11T00:00:00Z",
        "2023-06-11T00:00:00.000Z",
        "2023-06-11T00:00:00-07:00",
        "2023-06-11 00:00:00 UTC",
        "2023-06-11 00:00:00 +0000",
        1686492202,
        1686492202123,
        "1686492202",
    ],
)
def test_a_date_has_one_form(sent: Any) -> None:
    assert read_date(sent) == ("2023-06-11", "")


@pytest.mark.parametrize(
    "sent", ["2023-02-30", "11/06/2023", "soon", True, [], {}, "2023-13-01", 10**30, "0001-01-01", -(10**14)]
)
def test_what_is_no_date_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable, match="yyyy-MM-dd"):
        read_date(sent)


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        ("2023-06-11T14:03:22Z", ("2023-06-11 14:03:22 +00:00", "")),
        ("2023-06-11T14:03:22+02:00", ("2023-06-11 12:03:22 +00:00", "")),
        ("2023-06-11 14:03:22", ("2023-06-11 14:03:22 +00:00", "no time zone given, taken as UTC")),
        (1686492202, ("2023-06-11 14:03:22 +00:00", "")),
        ("", (None, "")),
    ],
)
def test_a_time_goes_out_with_its_zone(sent: Any, understood: Reading) -> None:
    assert read_datetime(sent) == understood


@pytest.mark.parametrize("sent", [1686492202, 1686492202000, 1686492202000000, "1686492202.0", "2023-06-11T16:03:22+0200"])
def test_an_instant_is_told_in_many_units(sent: Any) -> None:
    instant, _ = read_instant(sent)
    assert instant is not None
    assert int(instant.timestamp()) == 1686492202


@pytest.mark.parametrize(
    ("reader", "sent", "understood"),
    [
        (read_integer, "123456", 123456),
        (read_integer, 7.0, 7),
        (read_integer, "", None),
        (read_integer, 2**63 - 1, 2**63 - 1),
        (read_number, "1.5", 1.5),
        (read_number, 3, 3),
        (read_array, "create", ["create"]),
        (read_array, ["create"], ["create"]),
        (read_object, {"a": 1}, {"a": 1}),
    ],
)
def test_values_by_declared_type(reader: Callable[[Any], Reading], sent: Any, understood: Any) -> None:
    assert reader(sent) == (understood, "")


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("integer", 1.5),
        ("integer", 2**63),
        ("integer", True),
        ("integer", "a"),
        ("integer", "--1"),
        ("number", "inf"),
        ("number", "nan"),
        ("number", []),
        ("object", "a"),
        ("object", []),
    ],
)
def test_what_does_not_fit_its_type_is_refused(kind: str, sent: Any) -> None:
    with pytest.raises(Unreadable):
        READERS[kind](sent)


@pytest.mark.parametrize("reader", [*READERS.values(), *FORM.values()])
def test_no_value_breaks_a_reader_and_what_was_read_reads_the_same_again(reader: Callable[[Any], Reading]) -> None:
    for sent in AWKWARD:
        with suppress(Unreadable):
            understood, flag = reader(sent)
            assert isinstance(flag, str)
            assert reader(understood)[0] == understood


def test_null_and_blank_are_absent_and_unknown_fields_are_kept_as_received() -> None:
    received = {"company": None, "state": " ", "plan": "gold", "seats": "3", "deep": {"a": [None]}, "gone": None, "empty": ""}
    outgoing = put_in_form(received, {})
    assert outgoing.fields == {"plan": "gold", "seats": "3", "deep": {"a": [None]}, "empty": ""}
    assert (outgoing.flags, outgoing.errors) == ([], {})


def test_an_unresolved_token_is_absent_wherever_it_stands() -> None:
    outgoing = put_in_form({"company": "{{lead.Company}}", "plan": "{{my.Plan}}"}, {})
    assert outgoing.fields == {}
    assert outgoing.flags == ["company: unresolved token, taken as absent", "plan: unresolved token, taken as absent"]


@pytest.mark.parametrize(
    ("sent", "email"),
    [
        ("Jane.Doe+trial@Example.COM", "jane.doe+trial@example.com"),
        (" jane@example.com\n", "jane@example.com"),
        ("jörg@exämple.de", "jörg@exämple.de"),
    ],
)
def test_an_address_is_trimmed_and_lower_cased(sent: str, email: str) -> None:
    assert read_email(sent) == (email, "")


@pytest.mark.parametrize(
    "sent", ["jane trial@example.com", "jane@", "@example.com", "", None, 7, "a@b", "{{lead.Email}}", "a@b.com,c@d.com"]
)
def test_what_is_no_address_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable):
        read_email(sent)


def test_a_form_s_blank_is_a_plus_only_if_that_makes_an_address() -> None:
    assert read_email("jane trial@example.com", from_form=True)[0] == "jane+trial@example.com"
    with pytest.raises(Unreadable):
        read_email("jane trial@exa mple.com", from_form=True)


@pytest.mark.parametrize(("sent", "number"), [("4711", 4711), ("0", None), ("a1", None), ("9" * 20, None), ("٣", None)])
def test_only_a_positive_integer_is_a_gitlab_user_id(sent: str, number: int | None) -> None:
    assert gitlab_user_id(read_user_id(sent)) == number
