"""Contacts with a GitLab user get the moment since which their address is known; what is older than that is stale."""

from typing import Any

from django.db import migrations
from django.db.models import F


def begin_with_the_last_update(apps: Any, schema_editor: Any) -> None:
    contacts = apps.get_model("contacts", "Contact").objects
    contacts.filter(gitlab_user_id__isnull=False, address_at=None).update(address_at=F("updated_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0002_address_changes'),
    ]

    operations = [
        migrations.RunPython(begin_with_the_last_update, migrations.RunPython.noop, elidable=True),
    ]
