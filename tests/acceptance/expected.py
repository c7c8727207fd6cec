"""What is true of the ten: of each message type both verdicts, with all reasons in the order of the rules.

GitLab Marketing is opt-in and Marketing Message opt-out, both in the Marketing Channel; Transactional is opt-out in its own.
"""

from __future__ import annotations

from tests.acceptance.asking import Answer, Answers
from tests.acceptance.ten_people import (
    BEFORE_EXISTING,
    BOUNCED,
    CLEARED,
    FORGOTTEN,
    FRESH,
    LEFT_BY_LINK,
    LEFT_TYPE,
    OPTED_IN,
    RETENTION,
    SUPPRESSED,
)

YES = Answer(True, [], True, [])


def no(*codes: str, ours: str = "") -> Answer:
    """Iterable will not, for these reasons, and we should not: for these and one of ours."""
    return Answer(False, [*codes], False, [*codes, *([ours] if ours else [])])


def exposed(code: str) -> Answer:
    """Iterable will, and we should not."""
    return Answer(True, [], False, [code])


def of(gitlab_marketing: Answer, marketing_message: Answer, transactional: Answer) -> Answers:
    return {"GitLab Marketing": gitlab_marketing, "Marketing Message": marketing_message, "Transactional": transactional}


# The channel beats its types; in it the opt-in type is closed by the withdrawal besides.
OUT_OF_THE_CHANNEL = of(no("CHANNEL_UNSUBSCRIBED", "WITHDREW"), no("CHANNEL_UNSUBSCRIBED"), YES)

EXPECTED = {
    # Mailable by the opt-out type without ever having been asked.
    FRESH: of(no("NEVER_ASKED", ours="NO_EVIDENCE"), exposed("NO_EVIDENCE"), YES),
    # Consent to one type of the channel is evidence for the other.
    OPTED_IN: of(YES, YES, YES),
    # Leaving the opt-in type says nothing to the opt-out type, and the evidence is gone with it.
    LEFT_TYPE: of(no("WITHDREW"), exposed("NO_EVIDENCE"), YES),
    LEFT_BY_LINK: OUT_OF_THE_CHANNEL,
    # The traps B, D and E: once all is at rest each is out of the channel again.
    BEFORE_EXISTING: OUT_OF_THE_CHANNEL,
    RETENTION: OUT_OF_THE_CHANNEL,
    CLEARED: OUT_OF_THE_CHANNEL,
    # Iterable makes an unsubscribe of a hard bounce; the bounce itself stops everything.
    BOUNCED: of(no("BOUNCED", "CHANNEL_UNSUBSCRIBED", "WITHDREW"), no("BOUNCED", "CHANNEL_UNSUBSCRIBED"), no("BOUNCED")),
    SUPPRESSED: of(
        no("GLOBAL_SUPPRESSION", "NEVER_ASKED", ours="NO_EVIDENCE"),
        no("GLOBAL_SUPPRESSION", ours="NO_EVIDENCE"),
        no("GLOBAL_SUPPRESSION"),
    ),
    # Iterable does not have them any more, so that nothing is read off their profile.
    FORGOTTEN: of(
        Answer(False, ["FORGOTTEN", "NOT_IN_ITERABLE"], False, ["FORGOTTEN", "NO_EVIDENCE"]),
        Answer(False, ["FORGOTTEN", "NOT_IN_ITERABLE"], False, ["FORGOTTEN", "NO_EVIDENCE"]),
        Answer(False, ["FORGOTTEN", "NOT_IN_ITERABLE"], False, ["FORGOTTEN"]),
    ),
}
