"""What the walk through client and sandbox draws from: few people, so that they meet again, and fields of every type."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.contract.model import Kind, Who

LISTS = (1284301, 1284302)
EMAILS = [
    "ann@example.com",
    "Ann@Example.COM",
    "ben+tag/1@example.com",
    "o'neil@mail.example.org",
    "zoë@example.com",
    "ZOË@example.com",
]
MALFORMED = ["no address", "two@@example.com", "x@host.invalid"]
USER_IDS = ["u-1", "U-1", "a/b c%", "7"]
DATES = [
    "2024-02-03",
    "2024-02-03 04:05:06",
    "2024-02-03 04:05:06 +02:00",
    "2024-02-03T04:05:06.789Z",
    "2024-02-03T04:05:06.789-01:00",
]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
whole = st.integers(-(2**63), 2**63 - 1)
dates = st.sampled_from(DATES)
namespace = st.fixed_dictionaries({"id": whole}, optional={"plan": text, "started": dates, "stages": st.lists(text, max_size=2)})
inside = {"city": text, "floor": whole, "geo": st.fixed_dictionaries({}, optional={"lat": st.floats(-90, 90), "at": dates})}
RIGHT: dict[str, st.SearchStrategy[Any]] = {
    "plan": text | dates,
    "seats": whole,
    "score": st.floats(allow_nan=False, allow_infinity=False),
    "active": st.booleans(),
    "since": dates,
    "tags": st.lists(text, max_size=3),
    "Größe, in cm": text,
    "address": st.fixed_dictionaries({}, optional=inside),
    "namespace_information": st.lists(namespace, max_size=2),
}
WRONG = {
    "seats": st.just("many"),
    "since": st.sampled_from(["soon", "2024-02-03 04:05:06.789", 5]),
    "active": st.just(1),
    "tags": st.just([1]),
    "address": st.just("Oslo"),
    "namespace_information": st.just([{"id": "one"}]),
}
right = st.fixed_dictionaries({}, optional={name: values | st.none() for name, values in RIGHT.items()})
wrong = st.fixed_dictionaries({}, optional=WRONG)
one_wrong = st.builds(lambda first, second: first | second, right, wrong)
fields = st.one_of(right, right, right, one_wrong)
to_merge = st.fixed_dictionaries(
    {}, optional={**RIGHT, "address": st.fixed_dictionaries({}, optional={name: of | st.none() for name, of in inside.items()})}
)
profiles = st.tuples(fields, st.just(False)) | st.tuples(to_merge, st.just(True))
events = st.tuples(
    st.sampled_from(["bought", "SaaS Trials"]),
    st.integers(1, 4_000_000_000),
    st.fixed_dictionaries({}, optional={"sum": st.floats(0, 1e9), "item": text, "at": dates, "what": whole | text}),
)


def people_of(kind: Kind) -> st.SearchStrategy[Who]:
    emails = st.tuples(st.just("email"), st.sampled_from([*EMAILS[:2] * 8, *EMAILS, *MALFORMED]))
    user_ids = st.tuples(st.just("userId"), st.sampled_from(USER_IDS))
    return {"email": emails | emails | user_ids, "userid": user_ids, "hybrid": emails | user_ids}[kind]
