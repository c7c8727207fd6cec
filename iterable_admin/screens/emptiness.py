"""What a list without rows says: nothing yet, and how that changes; or no match, and the way back."""

from __future__ import annotations

# By model: who or what fills the list. Nothing is said of those that fill by themselves as a matter of course.
FILLED_BY = {
    "contact": "Contacts come with the first event or the first sync.",
    "namespace": "Namespaces come with the first sync.",
    "membership": "Memberships come with the first sync.",
    "event": "Events come from a source: make a token under Sources, and let the source call.",
    "delivery": "Deliveries are made by events and by syncs.",
    "attempt": "Attempts are made as soon as there is a delivery to send.",
    "syncrun": "A run starts by its schedule at night, or by “Run now” on the page of its definition.",
    "syncrow": "Rows come with a sync run.",
    "journey": "Journeys are added here, and their state is read from Iterable by “Refresh from Iterable”.",
    "journeyversion": "A version begins on a journey's page: describe there what it does.",
    "rehearsalrun": "A rehearsal begins by “Rehearse” on a journey's page, once a version describes it.",
    "savedaudience": "Add the first: a condition with a name, for whoever asks who these people are.",
    "refusedcall": "No call of a known source was refused at the door.",
    "campaign": "Campaigns are read from Iterable by “Refresh from Iterable”.",
    "template": "Templates are read from Iterable by “Refresh from Iterable”.",
    "channel": "Channels come with the seed, and are read from Iterable.",
    "messagetype": "Message types come with the seed, and are read from Iterable.",
    "lintfinding": "Nothing was found so far. The lint runs by itself; whoever may can run it now.",
    "source": "Add the first source, then make a token for it.",
    "eventtype": "Event types come with the seed; a new kind of event needs no code.",
    "syncdefinition": "Add a definition, propose its query, and let a second person approve it.",
    "dri": "The seed brings one row for each role.",
    "notice": "Iterable has dropped or refused no field: nobody has to act.",
    "erasure": "Nobody asked to be forgotten.",
    "operatoraction": "Every action of an operator will stand here, with its reason.",
}


def filled_by(model_name: str) -> str:
    return FILLED_BY.get(model_name, "It fills by itself: nobody has to act.")
