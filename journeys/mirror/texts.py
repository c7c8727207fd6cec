"""What the email templates in use say: their HTML, read again when Iterable says that they changed."""

from __future__ import annotations

from django.db.models import F, Q

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import NotThere, Refused
from journeys.models import Campaign, Template

# The read is one call each, 100 a second are allowed; what is left over is read an hour later.
MOST_A_RUN = 500


def read_texts(client: IterableClient) -> int:
    """Returns how many were read."""
    used = Campaign.objects.filter(missing_since=None, template_id__isnull=False).values("template_id")
    unread = Q(html_of=None) | ~Q(html_of=F("changed_at"))
    wanted = Template.objects.filter(unread, medium="Email", missing_since=None, iterable_id__in=used).order_by("pk")
    read = list(wanted[:MOST_A_RUN])
    for template in read:
        template.html = _html(client, template)
        template.html_of = template.changed_at
    Template.objects.bulk_update(read, ["html", "html_of"], batch_size=50)
    return len(read)


def _html(client: IterableClient, template: Template) -> str:
    """Empty for one that was deleted since the list was read."""
    try:
        return client.templates.email(template.iterable_id).html
    except (NotThere, Refused):
        return ""
