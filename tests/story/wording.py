"""The product's own names for states and reasons, as the month's stories read them: the one place to change them."""

from __future__ import annotations

ENDED_WELL, WITH_ERRORS, ON_ITS_WAY = "completed", "with_errors", "delivering"
# A source that is missing, and one that is empty: that one waits for a person.
FAILED, STOPPED = "failed", "stopped"

NEVER_LOGGED_IN = "never_logged_in"
WITHOUT_NAMESPACE = "without_namespace"
UNDER_WAY = "already_under_way"
ERASED = "erased"
ABSENT = "not_in_iterable"
NO_ADDRESS = "invalid_address"
SAME_MAILBOX = "two_rows_one_mailbox"
ONE_USER_TWO_ADDRESSES = "two_addresses_one_user"
# Both rows are held; False: they are two people, who are sent side by side.
HELD_UNDER_TWO_ADDRESSES = True
UNREADABLE = "unreadable_namespaces"

# An absence that was looked up is believed so long, and asked again after.
ABSENCE_HOLDS_HOURS = 36

SAID_OF_A_MISSING_SOURCE = "WAREHOUSE_URL"
SAID_OF_AN_EMPTY_SOURCE = "The source is empty: suspicious."
SAID_OF = {
    "not.json@example.com": "namespaces_array is not JSON",
    "not.json.forever@example.com": "namespaces_array is not JSON",
    "no.array@example.com": "namespaces_array is not an array of objects",
    "wrong.type@example.com": "CURRENT_MEMBER_COUNT cannot be sent: not a whole number.",
    "no.id@example.com": "A namespace has no NAMESPACE_ID",
    "refused@example.com": "",
}

ENDS_BY_ITSELF = "it ends by itself"
LEFT_TO_A_RETRY = "The technical owner retries it"
