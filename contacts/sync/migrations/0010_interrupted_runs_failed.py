from django.db import migrations


def fail_interrupted(apps, schema_editor):
    """A run that died ends as failed: its error says how."""
    apps.get_model("sync", "SyncRun").objects.filter(state="interrupted").update(state="failed")


class Migration(migrations.Migration):

    dependencies = [
        ("sync", "0009_states_of_the_engine"),
    ]

    operations = [
        migrations.RunPython(fail_interrupted, migrations.RunPython.noop),
    ]
