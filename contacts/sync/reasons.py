"""Why a person of the warehouse is not sent, in words."""

from __future__ import annotations

NEVER_LOGGED_IN = "never_logged_in"
WITHOUT_NAMESPACE = "without_namespace"
ALREADY_UNDER_WAY = "already_under_way"
ERASED = "erased"
ERASED_SINCE = "erased_since"
NOT_IN_ITERABLE = "not_in_iterable"
INVALID_ADDRESS = "invalid_address"
TWO_ROWS_ONE_MAILBOX = "two_rows_one_mailbox"
ADDRESS_TAKEN = "address_taken"
UNREADABLE = "unreadable_namespaces"
LOOK_UP_FAILED = "look_up_failed"
NOTHING_TO_SEND = "nothing_to_send"
DRY_RUN = "dry_run"

# Expected by the thousand every night: counted on the run, with no row of their own.
ROWLESS = (NEVER_LOGGED_IN, WITHOUT_NAMESPACE, ALREADY_UNDER_WAY, ERASED)

WORDS = {
    NEVER_LOGGED_IN: "Never logged in to GitLab.com (SYNC_SKIP_NEVER_LOGGED_IN).",
    WITHOUT_NAMESPACE: "Direct member of no top-level namespace (SYNC_SKIP_WITHOUT_NAMESPACE).",
    ALREADY_UNDER_WAY: "An earlier run has enqueued the same values, and they are still on their way.",
    ERASED: "This person was erased here: nothing is stored or sent again.",
    ERASED_SINCE: "This person was erased since: nothing was kept of the row, and nothing is sent again.",
    NOT_IN_ITERABLE: "Iterable does not have this person: the sync updates, it never creates.",
    INVALID_ADDRESS: "This is not an email address: mend it in the warehouse.",
    TWO_ROWS_ONE_MAILBOX: "The warehouse holds several rows for this mailbox, and which one is right is not ours to guess.",
    ADDRESS_TAKEN: "Another GitLab user is known under this address: nothing is moved or sent. See the changes of address.",
    UNREADABLE: "The namespaces of this person could not be read.",
    LOOK_UP_FAILED: "Whether Iterable has this person could not be asked.",
    NOTHING_TO_SEND: "Iterable has meanwhile accepted these values: nothing is left to send.",
    DRY_RUN: "Dry run: this would have been sent.",
}
