"""What besides a row decides how it goes out: when any of it changes, everybody is compared anew."""

from __future__ import annotations

from django.conf import settings

from contacts.models import FieldPrecedence
from contacts.sync.fingerprint import canonical, digest_of
from contacts.sync.mapping import FieldMap


def revision_of(fields: FieldMap) -> str:
    precedence = sorted(FieldPrecedence.objects.values_list("field", "winner"))
    skips = (settings.SYNC_SKIP_NEVER_LOGGED_IN, settings.SYNC_SKIP_WITHOUT_NAMESPACE)
    return digest_of(canonical([fields.revision, precedence, skips]))
