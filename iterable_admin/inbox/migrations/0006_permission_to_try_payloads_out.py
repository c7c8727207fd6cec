from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0005_iterable_webhooks"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="event",
            options={
                "ordering": ["-id"],
                "permissions": [("replay_event", "Can replay events"), ("try_event", "Can try payloads out")],
            },
        ),
    ]
