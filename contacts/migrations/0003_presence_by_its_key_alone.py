"""Django gives a text that is a primary key a second index, for its beginnings: nobody looks for the beginning of a key."""

from typing import Any

from django.db import migrations


def take_out(apps: Any, schema_editor: Any) -> None:
    for index in _second_index(apps, schema_editor):
        schema_editor.execute(f"DROP INDEX {index.parts['name']}")


def put_in(apps: Any, schema_editor: Any) -> None:
    for index in _second_index(apps, schema_editor):
        schema_editor.execute(index)


def _second_index(apps: Any, schema_editor: Any) -> list[Any]:
    if schema_editor.connection.vendor != "postgresql":
        return []
    presence = apps.get_model("contacts", "Presence")
    return [schema_editor._create_like_index_sql(presence, presence._meta.pk)]


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0002_one_index_by_address'),
    ]

    operations = [
        migrations.RunPython(take_out, put_in, elidable=False),
    ]
