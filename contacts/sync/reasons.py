"""Why a person of the source is not sent, in words, and what to do about it."""

from __future__ import annotations

from iterable_admin.outbox.next_steps import WHO_MENDS

NEVER_LOGGED_IN = "never_logged_in"
WITHOUT_NAMESPACE = "without_namespace"
NOTHING_MAPPED = "nothing_mapped"
ALREADY_UNDER_WAY = "already_under_way"
ERASED = "erased"
ERASED_SINCE = "erased_since"
NOT_IN_ITERABLE = "not_in_iterable"
INVALID_ADDRESS = "invalid_address"
NO_ADDRESS_KNOWN = "no_address_known"
TWO_ROWS_ONE_MAILBOX = "two_rows_one_mailbox"
TWO_ADDRESSES_ONE_USER = "two_addresses_one_user"
ADDRESS_TAKEN = "address_taken"
UNREADABLE = "unreadable_namespaces"
LOOK_UP_FAILED = "look_up_failed"
NOTHING_TO_SEND = "nothing_to_send"
CHANGED_SINCE = "changed_since"
CANCELLED = "cancelled"
# Told of the delivery, not of the row.
DELIVERY_GONE = "delivery_gone"
GIVEN_UP = "given_up"

WORDS = {
    NEVER_LOGGED_IN: "Never logged in to GitLab.com (SYNC_SKIP_NEVER_LOGGED_IN).",
    WITHOUT_NAMESPACE: "Direct member of no top-level namespace (SYNC_SKIP_WITHOUT_NAMESPACE).",
    NOTHING_MAPPED: "The row has no value for any field that is switched on: for instance, the person created no namespace.",
    ALREADY_UNDER_WAY: "An earlier run has enqueued the same values, and they are still on their way.",
    ERASED: "This person was erased here: nothing is stored or sent again.",
    ERASED_SINCE: "This person was erased since: nothing was kept of the row, and nothing is sent again.",
    NOT_IN_ITERABLE: "Iterable does not have this person: the sync updates, it never creates.",
    INVALID_ADDRESS: "This is not an email address: mend it in the warehouse.",
    NO_ADDRESS_KNOWN: "No address of this GitLab user is known here: an event, or a definition by email, makes it known.",
    TWO_ROWS_ONE_MAILBOX: "Held: the warehouse has several rows for this mailbox, and which one is right is not ours to guess.",
    TWO_ADDRESSES_ONE_USER: "Held: the warehouse has this user under several addresses, and which is right is not ours to guess.",
    ADDRESS_TAKEN: "Another GitLab user is known under this address: nothing is moved or sent. See the changes of address.",
    UNREADABLE: "The row of this person could not be read.",
    LOOK_UP_FAILED: "Whether Iterable has this person could not be asked.",
    NOTHING_TO_SEND: "Iterable has meanwhile accepted these values: nothing is left to send.",
    CHANGED_SINCE: "Somebody has changed these values since: they are left as they are.",
    CANCELLED: "The run was cancelled before this was sent. The next run sends it.",
}

NOBODY = "Nobody has to act."
TRY_AGAIN = "The technical owner retries them, or the next run does."
NEXT_STEPS = WHO_MENDS | {
    NEVER_LOGGED_IN: f"{NOBODY} They are sent once they have logged in; SYNC_SKIP_NEVER_LOGGED_IN=false sends them now.",
    WITHOUT_NAMESPACE: f"{NOBODY} They are sent once they have a namespace; SYNC_SKIP_WITHOUT_NAMESPACE=false sends them now.",
    NOTHING_MAPPED: f"{NOBODY} If somebody should have a value, the technical owner looks at the definition's field mapping.",
    ALREADY_UNDER_WAY: f"{NOBODY} The earlier run's deliveries settle them.",
    ERASED: f"{NOBODY} An erasure holds for good.",
    ERASED_SINCE: f"{NOBODY} An erasure holds for good.",
    NOT_IN_ITERABLE: f"{NOBODY} They are sent once an event has created them in Iterable.",
    INVALID_ADDRESS: "Whoever builds the warehouse's table mends the address; the next run reads it again.",
    NO_ADDRESS_KNOWN: f"{NOBODY} Once an event or a definition by email makes the address known, the next run sends them.",
    TWO_ROWS_ONE_MAILBOX: "Whoever builds the warehouse's table decides which row is right, now: until then none is sent.",
    TWO_ADDRESSES_ONE_USER: "Whoever builds the warehouse's table decides which address is right, now: until then none is sent.",
    ADDRESS_TAKEN: "The technical owner finds out in GitLab who has the address now, and settles it with the changes of address.",
    UNREADABLE: "The technical owner mends the source or the mapping, then runs the sync again: a retry reads nothing anew.",
    LOOK_UP_FAILED: TRY_AGAIN,
    NOTHING_TO_SEND: NOBODY,
    CHANGED_SINCE: "The technical owner looks at each: what came later was kept, and is not undone.",
    CANCELLED: "The next run sends them.",
    DELIVERY_GONE: TRY_AGAIN,
    GIVEN_UP: f"{NOBODY} Somebody gave their deliveries up; the next run sends them if they still differ.",
}
# Of what was skipped, that which nobody but a person ends.
FOR_SOMEBODY = (INVALID_ADDRESS, TWO_ROWS_ONE_MAILBOX, TWO_ADDRESSES_ONE_USER, ADDRESS_TAKEN, CHANGED_SINCE)


def next_step_of(code: str) -> str:
    return NEXT_STEPS.get(code, "The technical owner looks at one of the rows, mends the cause, then retries them.")
