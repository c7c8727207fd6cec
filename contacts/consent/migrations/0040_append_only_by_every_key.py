"""The triggers anew: nothing is overwritten by any unique key, and no session is exempt."""

from typing import Any

from django.db import migrations

from contacts.consent.triggers import install


def put_in(apps: Any, schema_editor: Any) -> None:
    install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0030_forgotten_people'),
    ]

    operations = [
        migrations.RunPython(put_in, migrations.RunPython.noop, elidable=False),
    ]
