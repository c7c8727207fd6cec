"""Which page of docs/, and which section of it, is about the page that somebody looks at."""

from __future__ import annotations

from django.urls import reverse

# By model, then by the name of a URL for what is no model's page. A test follows each of them.
OF_MODELS = {
    **dict.fromkeys(("contact", "namespace", "membership", "fieldchange"), "consent"),
    "addresschange": "consent#people-who-change-their-address",
    **dict.fromkeys(("channel", "messagetype", "list"), "consent#two-verdicts"),
    **dict.fromkeys(("subscriptionchange", "subscriptionstate", "addressreport"), "consent#the-ledger"),
    **dict.fromkeys(("profileobservation", "observedprofile"), "consent#two-verdicts"),
    "ledgerseal": "consent#proof-that-nobody-changed-it",
    "resolvercheck": "consent#two-verdicts",
    **dict.fromkeys(("erasure", "forgottenelsewhere"), "operations#forgetting-a-person"),
    "event": "iterable#every-row-has-an-outcome",
    "delivery": "iterable#every-row-has-an-outcome",
    "attempt": "iterable#answers-and-errors",
    "ratebucket": "iterable#rate-limits-and-the-api-budget",
    "notice": "iterable#notices",
    "sendingswitch": "operations#the-sending-switch",
    "syncrun": "sync#what-happens-in-a-run",
    "syncrow": "sync#what-happens-in-a-run",
    "syncdefinition": "sync#what-ships",
    "fieldprecedence": "sync#what-ships",
    **dict.fromkeys(("synctrigger", "syncnotice"), "operations#alerts-of-the-syncs"),
    "listing": "sync#what-happens-in-a-run",
    "reconciliation": "operations#iterables-webhooks",
    **dict.fromkeys(("journey", "campaign", "template", "mirrorrun", "mirrorchange"), "lint"),
    "journeyversion": "journeys#versions",
    **dict.fromkeys(("lintfinding", "lintexception", "lintrun", "notification", "silencealarm"), "lint"),
    "savedaudience": "consent#saved-audiences",
    **dict.fromkeys(("source", "sourcetoken", "eventtype"), "operations#install"),
    "callback": "point-your-client-here#being-called-back",
    "refusedcall": "operations#signed-sources",
    **dict.fromkeys(("dri", "operatoraction", "bulkaction"), "operations"),
    **dict.fromkeys(("user", "group", "identity"), "operations#signing-in-and-roles"),
    "rehearsalrun": "rehearsal",
    "pressurerun": "rehearsal#how-many-messages-in-all",
    "mondaymail": "operations#the-monday-mail",
}
OF_VIEWS = {
    "search": "pages#search",
    "index": "operations#the-dashboard",
    "consent_subscriptionchange_clock": "lint#the-withdrawal-clock",
    "journeys_what_if": "lint#what-if",
    **dict.fromkeys(("journeys_rehearsalrun_ask", "journeys_rehearsalrun_compare", "journeys_rehearsalrun_people"), "rehearsal"),
    **dict.fromkeys(("journeys_pressurerun_count", "journeys_pressurerun_people"), "rehearsal#how-many-messages-in-all"),
    **dict.fromkeys(("observe", "observe_compare"), "cut-over"),
    **dict.fromkeys(
        (f"journeys_journeyversion_{page}" for page in ("edit", "start", "rule", "add_step", "step", "condition")),
        "journeys#editing-a-draft",
    ),
    **dict.fromkeys(("journeys_journeyversion_describe", "journeys_journeyversion_describe_new"), "journeys#editing-a-draft"),
    "conditions_savedaudience_build": "journeys#editing-a-draft",
    "sync_window": "sync#the-pages",
    "why": "consent#why-or-why-not",
    **dict.fromkeys(("conditions_savedaudience_difference", "conditions_savedaudience_people"), "consent#saved-audiences"),
    "contact_in_iterable": "consent#two-verdicts",
    "contacts_contact_export": "operations#access-all-about-one-person",
}


def topic(model: str, view: str) -> str:
    """Its address; the list of all pages where none is about it."""
    known = OF_VIEWS.get(view) or OF_MODELS.get(model)
    if not known:
        return reverse("admin:help")
    name, _, section = known.partition("#")
    return reverse("admin:help_page", args=[name]) + (f"#{section}" if section else "")
