"""Rows from before the hashes: each chained to its address's row before. `manage.py rebuild_consent` makes their states."""

from typing import Any

from django.db import migrations

from contacts.consent.hashing import hash_of


def chain(apps: Any, schema_editor: Any) -> None:
    changes = apps.get_model("consent", "SubscriptionChange")
    last: dict[str, str] = {}
    for row in changes.objects.order_by("id").iterator(2_000):
        row.target_key = row.target_name
        row.previous_hash = last.get(row.address_key, "")
        row.hash = last[row.address_key] = hash_of(row)
        row.save(update_fields=["target_key", "previous_hash", "hash"])


def forget(apps: Any, schema_editor: Any) -> None:
    """The columns go with the migration before."""


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0002_ledger_hashes_states_and_observations'),
    ]

    operations = [
        migrations.RunPython(chain, forget),
    ]
