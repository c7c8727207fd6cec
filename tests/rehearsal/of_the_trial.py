"""Twenty people for *SaaS Trial Onboarding + Post*, and what becomes of them, worked out by hand from its definition.

Somebody who enters on a Monday at noon: `started` at once; `owner`, `first-project` on Tuesday; `role`, `learn-…` on Friday;
`team` on Tuesday of the second week (day 8), or a week later (day 15) where nobody joins; `proof` a week after that; then the
dates of the trial: `trial-ends` on day 27, `keep-learning` on day 45, `extended` on day 60, `post-feedback` a week later.
Which way they take at `proof`: `printf NAME:proof | md5sum` begins with 0 to 7 for the story, with 8 to f for figures.

Words: started, (owner), first-project, (role), learn-…, (team), work-together or invite-team, (proof), customer-story or
figures, trial-ends, keep-learning, (extended), extended-trial or post-free, post-feedback.
"""

from __future__ import annotations

from contacts.consent.models import AddressReport
from tests.rehearsal.people import (
    LONG_AGO,
    Information,
    Somebody,
    forgotten,
    granted_here_only,
    left_the_channel,
    listed,
    namespace,
    never_asked,
    never_looked_for,
    no_receipts,
    not_in_iterable,
    opted_in,
    reported,
    withdrew,
    without_evidence,
)
from tests.rehearsal.tables import NOBODY, Table

Kind = AddressReport.Kind
ALONE, TEAM = namespace(trial=True), namespace(trial=True, members=3)
OVER, PAID = namespace(), namespace(paid=True, members=3)
MEMBER = namespace(owner=False, trial=True, members=3)
BEGAN = (("SaaS Trials", 0.0),)


def always(*information: Information) -> tuple[tuple[float, tuple[Information, ...]], ...]:
    return ((LONG_AGO, information),)


def then(first: Information, since: float, second: Information) -> tuple[tuple[float, tuple[Information, ...]], ...]:
    return ((LONG_AGO, (first,)), (since, (second,)))


PEOPLE = (
    Somebody("ada", BEGAN, then(ALONE, 40, OVER), opted_in, role="software_developer"),
    Somebody("bob", BEGAN, always(TEAM), opted_in, role="security_analyst"),
    Somebody("cleo", BEGAN, then(ALONE, 12, TEAM), withdrew(13, told_iterable=True)),
    Somebody("dan", BEGAN, always(MEMBER), no_receipts),
    Somebody("eve", BEGAN, ((2, (ALONE,)),), granted_here_only),
    Somebody("finn", BEGAN, then(ALONE, 10, PAID), opted_in),
    Somebody("gus", BEGAN, always(PAID), opted_in),
    Somebody("hana", BEGAN, always(TEAM), opted_in, address="hana@gitlab.com"),
    Somebody("ivo", (*BEGAN, ("SaaS Trials", 35)), always(ALONE), reported(Kind.SUPPRESSED, 2), role="devops_engineer"),
    Somebody("jane", BEGAN, always(TEAM), forgotten(3)),
    Somebody("kim", BEGAN, always(TEAM), never_asked),
    Somebody("lena", BEGAN, always(TEAM), withdrew(3, told_iterable=False)),
    Somebody("max", BEGAN, always(TEAM), left_the_channel(20)),
    Somebody("nora", BEGAN, always(TEAM), reported(Kind.HARD_BOUNCE, 0.5)),
    Somebody("otto", BEGAN, always(TEAM), not_in_iterable),
    Somebody("pia", BEGAN, always(TEAM), never_looked_for),
    # The account is of 16 December: out of the window of two months from 17 February on.
    Somebody("quin", BEGAN, always(TEAM), opted_in, account=-20),
    Somebody("rosa", BEGAN, always(TEAM), listed(30)),
    # The account is of 4 February: out of the window from 5 April on.
    Somebody("sven", (("SaaS Trials", 49.0),), always(ALONE), opted_in, trial_start="2026-02-23", account=30, known_since=30),
    Somebody("tara", BEGAN, always(ALONE), without_evidence),
)


def all_of(word: str, proof: str, *, started: str = "sent", team: str = "happened", role: str = "else") -> str:
    """One word at each message but the first; where the wait is open, at both messages after it."""
    here = f"{word} {word}" if "|" in team else word
    return f"{started} owner {word} {role} {word} {team} {here} {proof} {word} {word} {word} active {word} {word}"


OPEN = "happened|timeout"

# Of each step as of its own day. In the first week Iterable's sync had told nothing of eve; finn has a team by day 15, and pays
# since day 10; ivo's second trial is refused by the limit of one entry; sven came on day 49, so that his proof is ahead.
REPLAYED: Table = {
    "ada": "sent owner sent builds sent timeout sent story sent sent sent else sent sent",
    "bob": "sent owner sent secures sent happened sent story sent sent sent active sent sent",
    "cleo": "sent owner sent else sent happened WITHDREW story WITHDREW WITHDREW WITHDREW active WITHDREW WITHDREW",
    "dan": "TYPE_UNSUBSCRIBED else",
    "eve": "sent else",
    "finn": "sent owner sent else sent happened !paid",
    "gus": NOBODY,
    "hana": NOBODY,
    "ivo": (
        "sent owner sent builds ESP_SUPPRESSED timeout ESP_SUPPRESSED figures ESP_SUPPRESSED ESP_SUPPRESSED ESP_SUPPRESSED"
        " active ESP_SUPPRESSED ESP_SUPPRESSED"
    ),
    "jane": "sent owner sent else FORGOTTEN happened FORGOTTEN story FORGOTTEN FORGOTTEN FORGOTTEN active FORGOTTEN FORGOTTEN",
    "kim": all_of("NEVER_ASKED", "figures"),
    "lena": (
        "sent owner sent else UPSTREAM_WITHDRAWN happened UPSTREAM_WITHDRAWN figures UPSTREAM_WITHDRAWN UPSTREAM_WITHDRAWN"
        " UPSTREAM_WITHDRAWN active UPSTREAM_WITHDRAWN UPSTREAM_WITHDRAWN"
    ),
    "max": (
        "sent owner sent else sent happened sent figures sent CHANNEL_UNSUBSCRIBED CHANNEL_UNSUBSCRIBED"
        " active CHANNEL_UNSUBSCRIBED CHANNEL_UNSUBSCRIBED"
    ),
    "nora": all_of("BOUNCED", "figures"),
    "otto": all_of("NOT_IN_ITERABLE", "story", started="NOT_IN_ITERABLE"),
    "pia": all_of("NOT_OBSERVED", "figures", started="NOT_OBSERVED"),
    "quin": "sent owner sent else sent happened sent figures sent sent AGED_OUT active AGED_OUT AGED_OUT",
    "rosa": (
        "sent owner sent else sent happened sent figures sent sent GLOBAL_SUPPRESSION"
        " active GLOBAL_SUPPRESSION GLOBAL_SUPPRESSION"
    ),
    "sven": "sent owner sent else sent timeout sent ahead",
    "tara": all_of("NO_EVIDENCE", "story", team="timeout"),
}
REFUSED = ["ivo"]

# Everybody enters on Monday, 2 February, as they were then; whether somebody joins is open where nobody has.
# quin's window ends on 17 February, the day of proof; rosa is on no list yet, sven did not come yet, finn has paid.
AS_OF: Table = {
    "ada": all_of("sent", "story", team=OPEN, role="builds"),
    "bob": all_of("sent", "story", role="secures"),
    "cleo": all_of("WITHDREW", "story"),
    "dan": "TYPE_UNSUBSCRIBED else",
    "eve": all_of("NOT_OPTED_IN", "figures", team=OPEN),
    "finn": NOBODY,
    "gus": NOBODY,
    "hana": NOBODY,
    "ivo": all_of("ESP_SUPPRESSED", "figures", started="ESP_SUPPRESSED", team=OPEN, role="builds"),
    "jane": all_of("FORGOTTEN", "story", started="FORGOTTEN"),
    "kim": all_of("NEVER_ASKED", "figures"),
    "lena": all_of("UPSTREAM_WITHDRAWN", "figures"),
    "max": all_of("CHANNEL_UNSUBSCRIBED", "figures"),
    "nora": all_of("BOUNCED", "figures", started="BOUNCED"),
    "otto": all_of("NOT_IN_ITERABLE", "story", started="NOT_IN_ITERABLE"),
    "pia": all_of("NOT_OBSERVED", "figures", started="NOT_OBSERVED"),
    "quin": "sent owner sent else sent happened sent figures AGED_OUT AGED_OUT AGED_OUT active AGED_OUT AGED_OUT",
    "rosa": all_of("sent", "figures"),
    "sven": NOBODY,
    "tara": all_of("NO_EVIDENCE", "story", team=OPEN),
}

# Everybody enters on Monday, 16 March. ada's trial is over; quin's account is out of the window from the start, and so never
# ages out of it; rosa is on the list. sven comes to proof between 31 March and 7 April, and ages out on 5 April; day 45 of his
# trial is 9 April, but as all waits are told by bands of days he may come there from 1 April on.
NOW: Table = {
    **AS_OF,
    "ada": "sent else",
    "quin": all_of("sent", "figures"),
    "rosa": all_of("GLOBAL_SUPPRESSION", "figures", started="GLOBAL_SUPPRESSION"),
    "sven": (
        "sent owner sent else sent happened|timeout sent sent story sent|AGED_OUT sent|AGED_OUT sent|AGED_OUT"
        " active AGED_OUT AGED_OUT"
    ),
}
