from django.db import migrations

PIPES = ("inbox", "outbox")


def add_rows(apps, schema_editor):
    wake_ups = apps.get_model("waking", "WakeUp").objects
    wake_ups.bulk_create([wake_ups.model(name=name) for name in PIPES], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("waking", "0001_initial")]

    operations = [migrations.RunPython(add_rows, migrations.RunPython.noop)]
