"""What keeps a message from a person: the rules, in the order in which the first one counts."""

from __future__ import annotations

from dataclasses import dataclass

from contacts.consent.resolver.conditions import After, Condition, Fact, Happened

SEND = "SEND"
NOT_OBSERVED = "NOT_OBSERVED"

# Of the type, the same for everybody.
opt_in, marketing = Fact("opt_in"), Fact("marketing")
# Of what was seen in Iterable; without any sight of the person none of these holds.
observed, present = Fact("observed"), Fact("present")
channel_unsubscribed, type_unsubscribed = Fact("channel_unsubscribed"), Fact("type_unsubscribed")
type_subscribed = Fact("type_subscribed")

# An act at a later moment lifts a withdrawal: one on all marketing or the channel whatever was left in it, as does whoever
# resubscribes in Marketo; one on a type its own withdrawal alone, because a channel's opt-out beats what is said of its types.
withdrew_broadly = Happened("withdrawn_broadly") & ~After("acted_broadly", "withdrawn_broadly")
withdrew_from_type = Happened("withdrawn_from_type") & ~After("acted", "withdrawn_from_type")
withdrew = withdrew_broadly | withdrew_from_type

# Consent to one type of a channel is evidence for its others too, until the person leaves the channel or any of its types:
# what was said before counts for a type from then on only if it was an act, and about this very type.
evidence = (After("acted_on_type_unexpired", "withdrawn") | After("told_in_channel", "left_in_channel")) & ~withdrew

asked = Happened("asked")

sees = observed & present
not_opted_in = sees & opt_in & ~type_subscribed
blocked_by_type = not_opted_in | (sees & ~opt_in & type_unsubscribed)


@dataclass(frozen=True, slots=True)
class Rule:
    """`iterable`: whether Iterable keeps to it; `ours`: whether we do."""

    code: str
    condition: Condition
    sentence: str
    iterable: bool = True
    ours: bool = True


RULES = (
    Rule("FORGOTTEN", Fact("forgotten"), "Was forgotten: nothing may be sent, ever."),
    Rule("NO_ADDRESS", ~Fact("has_address"), "No valid address is known."),
    Rule("BOUNCED", Fact("bounced"), "Mail to this address bounced for good."),
    Rule("ESP_SUPPRESSED", Fact("suppressed_by_provider"), "The mail provider suppresses this address."),
    Rule("GLOBAL_SUPPRESSION", Fact("globally_suppressed"), "Is on a global suppression list."),
    Rule("CAMPAIGN_SUPPRESSION", Fact("campaign_suppressed"), "Is on a list that the campaign suppresses."),
    Rule("JOURNEY_SUPPRESSION", Fact("journey_suppressed"), "Is on a list that the journey's start suppresses."),
    # What we should does not hang on whether Iterable has somebody at the moment.
    Rule("NOT_IN_ITERABLE", observed & ~present, "Iterable does not have this person.", ours=False),
    Rule("CHANNEL_UNSUBSCRIBED", sees & channel_unsubscribed, "Is unsubscribed from the channel, which beats every type in it."),
    Rule("WITHDREW", not_opted_in & withdrew, "Withdrew, and is not opted in to this opt-in type."),
    Rule(
        "NOT_OPTED_IN", not_opted_in & ~withdrew & asked, "Granted once according to the ledger, but is not opted in in Iterable."
    ),
    Rule("NEVER_ASKED", not_opted_in & ~withdrew & ~asked, "Was never asked, and is not opted in to this opt-in type."),
    Rule("TYPE_UNSUBSCRIBED", sees & ~opt_in & type_unsubscribed, "Is unsubscribed from this type."),
    Rule(
        "UPSTREAM_WITHDRAWN",
        (withdrew_broadly & ~(sees & channel_unsubscribed))
        | (withdrew_from_type & ~blocked_by_type & ~(sees & channel_unsubscribed)),
        "Withdrew according to the ledger, which Iterable does not show.",
        iterable=False,
    ),
    Rule(
        "NO_EVIDENCE",
        marketing & ~evidence & ~withdrew,
        "Nothing in the ledger says that this person agreed to marketing.",
        iterable=False,
    ),
)
BY_CODE = {rule.code: rule for rule in RULES}
SENTENCES = {rule.code: rule.sentence for rule in RULES} | {
    SEND: "Nothing keeps it from this person.",
    NOT_OBSERVED: "This person was not seen in Iterable yet: what it would do is not known.",
}
