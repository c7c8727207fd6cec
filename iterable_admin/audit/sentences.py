"""What somebody did, as a sentence."""

from __future__ import annotations

from functools import cache

from django.apps import apps

from iterable_admin.audit.models import OperatorAction

# Of each verb what is said of who did it; `{}` is what it was done to. A test keeps the table whole.
TOLD = {
    "accept": "accepted {}",
    "add": "added {}",
    "adopt": "joined {} with Iterable's",
    "approve": "approved {}",
    "approve a plan": "approved the plan of {}",
    "approve a query": "approved the query of {}",
    "begin": "had a worker begin an operation on {}",
    "call_again": "had {} sent again",
    "cancel": "cancelled {}",
    "change": "changed {}",
    "change the mapping": "changed the mapping of {}",
    "compare": "had {} compared with Iterable",
    "describe": "described {}",
    "discard a plan": "discarded the plan of {}",
    "dismiss": "dismissed {}",
    "dismiss failed rows": "dismissed failed rows of {}",
    "dry run": "began a dry run: {}",
    "dry run of an undo": "began a dry run of an undo: {}",
    "count messages": "asked for a {}",
    "edit": "edited {}",
    "except": "excepted {}",
    "export": "exported {}",
    "forget": "had {} forgotten",
    "forget_here": "had {} forgotten here, too",
    "give_up": "gave up {}",
    "make secret": "made a secret: {}",
    "make token": "made a token: {}",
    "mend": "mended {}",
    "mute": "muted {}",
    "propose a query": "proposed a query for {}",
    "read_again": "had {} read again",
    "refresh": "refreshed {}",
    "rehearse": "rehearsed {}",
    "refuse a query": "refused the query of {}",
    "replay": "replayed {}",
    "retry": "retried {}",
    "replay_latest": "replayed {}, keeping newer values",
    "send_latest": "sent the newest values of {}",
    "skip": "skipped {}",
    "roles": "signed in with other roles: {}",
    "send_monday_mail": "had one sent to themselves: {}",
    "send_now": "sent the newest values of {}",
    "opt_out": "opted out {}",
    "retry_told": "had {} told again",
    "retry failed rows": "retried failed rows of {}",
    "remove secret": "removed a secret: {}",
    "revoke token": "revoked a token: {}",
    "run": "ran {}",
    "run again": "ran again {}",
    "run now": "started {}",
    "send_again": "sent {} again",
    "submit": "sent {} to review",
    "supersede": "superseded {}",
    "switch": "turned the {}",
    "take_back": "took back {}",
    "tell_again": "had {} told again",
    "undo": "began an undo: {}",
    "unmute": "unmuted {}",
    "verify": "verified {} against Iterable",
    "verify a rehearsal": "had {} counted once more",
    "view": "looked at {}",
    "view people": "looked at people: {}",
    "withdraw": "took {} back to draft",
}
ACCESSES = ("view", "view people", "export")
"""Of these people's data was seen, and nothing was changed."""


def sentence(action: OperatorAction) -> str:
    """`technical_owner retried 40 deliveries.`"""
    done = TOLD.get(action.verb, f"{action.verb}: {{}}")
    return f"{action.actor_name} {done.replace('{}', _what(action))}."


def _what(action: OperatorAction) -> str:
    """Rows of a kind by their number; anything else is named itself."""
    one = kinds().get(action.subject)
    if one:
        return f"{action.count:,} {one if action.count == 1 else action.subject}"
    return f"{action.subject} ({action.count:,})" if action.count != 1 else action.subject


@cache
def kinds() -> dict[str, str]:
    """Each kind of row, of many and of one."""
    names = ((str(model._meta.verbose_name_plural), str(model._meta.verbose_name)) for model in apps.get_models())
    return {many: one for many, one in names if many != one}
