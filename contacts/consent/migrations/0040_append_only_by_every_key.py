"""The triggers anew: nothing is overwritten by any unique key, and no session is exempt. Erasures of former addresses."""

from typing import Any

from django.db import migrations, models

from contacts.consent.triggers import install


def put_in(apps: Any, schema_editor: Any) -> None:
    install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0030_forgotten_people'),
    ]

    operations = [
        migrations.AlterField(
            model_name='erasure',
            name='iterable_hash',
            field=models.CharField(
                blank=True,
                db_index=True,
                help_text='SHA-256 of the address, as Iterable keeps it; empty: a former address that no row told any more.',
                max_length=64,
            ),
        ),
        migrations.RunPython(put_in, migrations.RunPython.noop, elidable=False),
    ]
