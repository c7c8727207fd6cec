"""The database refuses to change or remove a row of the ledger. After all changes to its tables: SQLite makes them anew."""

from typing import Any

from django.db import migrations

from contacts.consent.triggers import install, remove


def put_in(apps: Any, schema_editor: Any) -> None:
    install(schema_editor.connection)


def take_out(apps: Any, schema_editor: Any) -> None:
    remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(put_in, take_out, elidable=False),
    ]
