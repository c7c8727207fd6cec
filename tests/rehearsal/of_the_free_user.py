"""Twenty people for *Free User + Invited Onboarding*, and what becomes of them, worked out by hand from its definition.

Somebody who enters on a Monday at noon: `welcome` at once; `invited` and `create` on Tuesday. Each track has a message, two
working days, a look, another message, two working days; whoever did the action skips what is left of it. All four tracks:
`create` on day 1, `verify` on day 7 (day 5 is a Saturday), `team` on day 11, `trial` on day 16 (three days until somebody
joins, then two), the end on day 21 (day 20 is a Sunday). With nothing but `trial` to do, its messages are of day 1 and day 3.

Words: welcome, (invited), invited-welcome, or of each track (done already?), first, (done by now?), second.
"""

from __future__ import annotations

from contacts.consent.models import AddressReport
from tests.rehearsal.of_the_trial import always, then
from tests.rehearsal.people import (
    LONG_AGO,
    Somebody,
    asked_at_last,
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
)
from tests.rehearsal.tables import NOBODY, Table

Kind = AddressReport.Kind
NOTHING, CREATES = namespace(), namespace(stages="create")
MEMBER, PAID = namespace(owner=False, members=3), namespace(paid=True, members=3)
NO_TRIAL = namespace(stages="create verify", members=3)
ALL = namespace(stages="create verify", members=3, trial=True)
CAL = (
    (2.0, (CREATES,)),
    (5.0, (namespace(stages="create verify"),)),
    (9.0, (namespace(stages="create verify", members=2),)),
    (11.0, (namespace(stages="create verify", members=2, trial=True),)),
)
CAME = (("SaaS Free Registration", 0.0),)

PEOPLE = (
    Somebody("abe", CAME, then(NOTHING, 50, CREATES), opted_in),
    Somebody("bea", CAME, ((LONG_AGO, (MEMBER,)), (45, (MEMBER, NOTHING))), granted_here_only),
    Somebody("cal", CAME, CAL, opted_in),
    Somebody("dee", CAME, always(ALL), no_receipts),
    Somebody("eli", CAME, always(PAID), opted_in),
    Somebody("fay", CAME, then(NOTHING, 4, PAID), withdrew(2, told_iterable=True)),
    Somebody("gil", (*CAME, ("SaaS Trials", 2)), always(NOTHING), opted_in),
    Somebody("hal", CAME, always(NOTHING), opted_in, address="hal@gitlab.com"),
    Somebody("ida", (*CAME, ("SaaS Free Registration", 21)), always(NO_TRIAL), reported(Kind.SUPPRESSED, 2)),
    Somebody("jon", CAME, always(NO_TRIAL), forgotten(2)),
    Somebody("kai", CAME, always(NO_TRIAL), never_asked),
    Somebody("liv", CAME, always(NO_TRIAL), withdrew(2, told_iterable=False)),
    Somebody("mia", CAME, always(NO_TRIAL), left_the_channel(2)),
    Somebody("ned", CAME, always(NO_TRIAL), reported(Kind.HARD_BOUNCE, 0.5)),
    Somebody("ola", CAME, always(NO_TRIAL), not_in_iterable),
    Somebody("pat", CAME, always(NO_TRIAL), never_looked_for),
    # The account is of 6 November: out of the window of two months from 7 January, day 2, on.
    Somebody("qi", CAME, always(NO_TRIAL), opted_in, account=-60),
    Somebody("rob", CAME, always(NO_TRIAL), listed(2)),
    Somebody("sue", (("SaaS Free Registration", 63.0),), always(NOTHING), opted_in, known_since=60),
    Somebody("tim", CAME, always(NO_TRIAL), asked_at_last(60)),
)


def but_trial(first: str, second: str, welcome: str = "sent", open_from: str = "") -> str:
    """Whoever has a trial left to do, and nothing else."""
    return f"{welcome} {open_from} else done done done else {first} else {second}"


def may_be(word: str, welcome: str = "sent") -> str:
    return but_trial(word, word, welcome, "~")


# sue's second week begins today, which is Monday of her day 7; what comes two days later is ahead.
REPLAYED: Table = {
    "abe": "sent else else sent else sent else sent else sent else sent timeout sent else sent else sent",
    "bea": "sent invited NOT_OPTED_IN",
    # Day 1 nothing; day 3 creates; verify on day 3, and again on day 7; team on day 7, joined by day 10; trial on day 10,
    # and again on day 14.
    "cal": "sent else else sent done else sent done else sent happened else sent done",
    "dee": "TYPE_UNSUBSCRIBED else done done done done",
    "eli": "!paid",
    "fay": "sent else else sent else WITHDREW !paid",
    "gil": "sent else else sent !trial",
    "hal": NOBODY,
    "ida": but_trial("sent", "ESP_SUPPRESSED"),
    "jon": but_trial("sent", "FORGOTTEN"),
    "kai": but_trial("NEVER_ASKED", "NEVER_ASKED"),
    "liv": but_trial("sent", "UPSTREAM_WITHDRAWN"),
    "mia": but_trial("sent", "CHANNEL_UNSUBSCRIBED"),
    "ned": but_trial("BOUNCED", "BOUNCED"),
    "ola": but_trial("NOT_IN_ITERABLE", "NOT_IN_ITERABLE", "NOT_IN_ITERABLE"),
    "pat": but_trial("NOT_OBSERVED", "NOT_OBSERVED", "NOT_OBSERVED"),
    "qi": but_trial("sent", "AGED_OUT"),
    "rob": but_trial("sent", "GLOBAL_SUPPRESSION"),
    "sue": "sent else else sent else sent else sent ahead",
    "tim": but_trial("NO_EVIDENCE", "NO_EVIDENCE"),
}
REFUSED = ["ida"]

TRACKS = "else else sent else sent else sent else sent else sent happened|timeout sent else sent else sent"

# Everybody enters on Monday, 2 February, as they were then. Anybody may begin a trial after the first day, and leave.
# gil's trial of before the entry takes nobody out; qi's account is out of the window from the start, and never ages out of it.
AS_OF: Table = {
    "abe": f"sent ~ {TRACKS}",
    "bea": "sent ~ invited NOT_OPTED_IN",
    "cal": "sent ~ else done done done done",
    "dee": "TYPE_UNSUBSCRIBED ~ else done done done done",
    "eli": "!paid",
    "fay": "!paid",
    "gil": f"sent ~ {TRACKS}",
    "hal": NOBODY,
    "ida": may_be("ESP_SUPPRESSED", "ESP_SUPPRESSED"),
    "jon": may_be("FORGOTTEN", "FORGOTTEN"),
    "kai": may_be("NEVER_ASKED"),
    "liv": may_be("UPSTREAM_WITHDRAWN"),
    "mia": may_be("CHANNEL_UNSUBSCRIBED"),
    "ned": may_be("BOUNCED", "BOUNCED"),
    "ola": may_be("NOT_IN_ITERABLE", "NOT_IN_ITERABLE"),
    "pat": may_be("NOT_OBSERVED", "NOT_OBSERVED"),
    "qi": may_be("sent"),
    "rob": may_be("GLOBAL_SUPPRESSION", "GLOBAL_SUPPRESSION"),
    "sue": NOBODY,
    "tim": may_be("NO_EVIDENCE"),
}

# Everybody enters on Monday, 16 March. abe creates by now, bea owns a namespace besides, tim was asked, sue has come.
NOT = "NOT_OPTED_IN"
NOW: Table = {
    **AS_OF,
    "abe": "sent ~ else done else sent else sent else sent happened|timeout sent else sent else sent",
    "bea": f"sent ~ else else {NOT} else {NOT} else {NOT} else {NOT} done else {NOT} else {NOT}",
    "sue": f"sent ~ {TRACKS}",
    "tim": may_be("sent"),
}
