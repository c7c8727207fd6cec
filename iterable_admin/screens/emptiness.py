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
    "pressurerun": "“Count …” has a worker count how many messages people get of all described journeys.",
    "lintexception": "An exception begins on the page of a finding: the business owner excepts it for a while.",
    "lintrun": "The lint runs by itself; whoever may can run it now, on the list of findings.",
    "mirrorrun": "A worker reads from Iterable every hour, or after “Refresh from Iterable”.",
    "mirrorchange": "What changes in Iterable stands here from the second reading on.",
    "notification": "No finding was new, worse or over so far: nobody was told of anything.",
    "silencealarm": "The seed brings the first; add one for each event that must not fall silent.",
    "bulkaction": "An operation on very many rows stands here while it runs, and after.",
    "sourcetoken": "Tokens are made on the page of a source, or by manage.py create_token.",
    "subscriptionchange": "Every subscription that a person, a system or an operator changes becomes a row.",
    "forgottenelsewhere": "Nobody was forgotten in Iterable without us.",
    "addressreport": "Iterable has reported no address that cannot be mailed so far.",
    "addresschange": "Nobody has changed their address so far.",
    "synctrigger": "Add the first: what may go wrong with a sync, and who is told.",
    "syncnotice": "No alert of a sync was told so far.",
    "fieldprecedence": "Add one where events and the sync both write the same field of the profile.",
    "identity": "Whoever signs in through the provider for the first time becomes a row.",
    "mondaymail": "The first is written on Monday morning.",
    "failure": "No task has failed.",
    "operatoraction": "Every action of an operator will stand here, with its reason.",
}


def filled_by(model_name: str) -> str:
    return FILLED_BY.get(model_name, "It fills by itself: nobody has to act.")
