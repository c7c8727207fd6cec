"""The bundle: a zip with everything as JSON, and the same on a page that needs nothing else to be read."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone

from iterable_admin.errors import Permanent

EMPTY: tuple[Any, ...] = (None, "", [], {})
PAGE = "access/person.html"
# In this order on the page, by the keys of what was gathered.
SECTIONS = {
    "contact": "Who you are, as we know it",
    "subscriptions": "What you may be sent",
    "ledger": "What you said about being mailed",
    "namespaces": "Your GitLab namespaces",
    "field_history": "What changed, and when",
    "events": "What other systems told us",
    "deliveries": "What we sent to Iterable",
    "refusals": "What Iterable did not take",
    "sync_rows": "What the nightly sync did",
    "accepted_by_the_sync": "What Iterable accepted of the sync",
    "compared_in_observe_mode": "What we would have sent, beside what Iterable held",
    "seen_in_iterable": "What we saw of your profile in Iterable",
    "in_iterable": "Whether Iterable has you",
    "suppression_lists": "Lists that keep mail from you",
    "bounces_and_complaints": "Mail that came back",
}


def bundle(gathered: dict[str, Any]) -> bytes:
    written = json.dumps(gathered, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2, sort_keys=False)
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("person.json", written)
        archive.writestr("index.html", page(json.loads(written)))
    return packed.getvalue()


def page(plain: dict[str, Any]) -> str:
    sections = [{"title": title, "rows": _as_rows(plain[key])} for key, title in SECTIONS.items()]
    iterable = plain["iterable"]
    sections += [
        {"title": "Your profile in Iterable", "rows": _as_rows(iterable["profile"])},
        {"title": "What you did, in Iterable", "rows": _as_rows(iterable["events"])},
    ]
    return render_to_string(PAGE, {"person": plain, "sections": sections, "not_asked": iterable["not_asked"]})


def _as_rows(found: Any) -> list[list[tuple[str, str]]]:
    """Each row as its columns in words; what is empty is left out."""
    rows = found if isinstance(found, list) else [found] if found else []
    return [
        [(name.replace("_", " "), _text(value)) for name, value in row.items() if value not in (None, "", [], {})] for row in rows
    ]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict | list) else str(value)


def file_name(address_key: str) -> str:
    return f"person-{address_key[:8]}-{timezone.now():%Y-%m-%d}.zip"


def write_to(folder: str, name: str, packed: bytes) -> Path:
    """Readable by its owner alone, and nowhere from where files are served."""
    place = Path(folder).resolve()
    served = [Path(root).resolve() for root in (settings.STATIC_ROOT, settings.MEDIA_ROOT) if root]
    if any(place.is_relative_to(root) for root in served):
        raise Permanent("This folder is served to browsers: give another one.")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / name
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(packed)
    path.chmod(0o600)
    return path
