"""Write down what an operator did: who, what, to which rows, why, and what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from iterable_admin.audit.models import OperatorAction
from iterable_admin.redaction import mask_emails


class Program(AnonymousUser):
    """Another system that acts here by its token: it has a name, and no account."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def get_username(self) -> str:
        return self.name


def record(
    user: AbstractBaseUser | AnonymousUser | None,
    verb: str,
    subject: str,
    selection: dict[str, Any],
    count: int,
    reason: str,
    result: str = "",
) -> OperatorAction:
    """Call it in the transaction of what was done. Rows here outlive erasure, so addresses in the words are masked."""
    known = user if user is not None and user.is_authenticated else None
    return OperatorAction.objects.create(
        actor_id=known.pk if known else None,
        actor_name=(user.get_username() if user is not None else "")[:150] or "nobody signed in",
        verb=verb,
        subject=mask_emails(subject),
        selection={key: mask_emails(value) if isinstance(value, str) else value for key, value in selection.items()},
        count=count,
        reason=mask_emails(reason),
        result=mask_emails(result),
    )
