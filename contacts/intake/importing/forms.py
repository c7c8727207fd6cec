"""The forms in which files come, and which one a header means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from contacts.intake.importing import iterable_export, marketo_activities, marketo_unsubscribes, plain_csv
from contacts.intake.importing.lines import header_of
from contacts.intake.importing.statements import Reader
from iterable_admin.errors import Permanent

Leads = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """`make` gives a reader; only activities need to be told whose leads they are."""

    name: str
    source: str
    header: Collection[str]
    make: Callable[[Leads], Reader]


# In the order in which a header is compared: the more telling ones first.
FORMS = (
    Form("iterable-export", iterable_export.SOURCE, iterable_export.HEADER, lambda _leads: iterable_export.IterableExport()),
    Form("marketo-activities", marketo_activities.SOURCE, marketo_activities.HEADER, marketo_activities.MarketoActivities),
    Form("csv", plain_csv.SOURCE, plain_csv.HEADER, lambda _leads: plain_csv.PlainCsv()),
    Form(
        "marketo-unsubscribes",
        marketo_unsubscribes.SOURCE,
        marketo_unsubscribes.HEADER,
        lambda _leads: marketo_unsubscribes.read_unsubscribe,
    ),
)
NAMES = [form.name for form in FORMS]


def form_of(path: Path, name: str | None) -> Form:
    """By name, else by the header. Permanent where nobody can tell."""
    if name:
        return next(form for form in FORMS if form.name == name)
    header = header_of(path)
    for form in FORMS:
        if header & set(form.header):
            return form
    raise Permanent(f"{path.name}: its header does not tell what it is: say --from {'|'.join(NAMES)}.")
