from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0006_permission_to_try_payloads_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="keep_known",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Replayed with the latest values: fields that are known by then keep them.",
            ),
        ),
    ]
