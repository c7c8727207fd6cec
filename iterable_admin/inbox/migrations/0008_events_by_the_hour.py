from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0007_replays_that_keep_known_values")]

    operations = [
        migrations.CreateModel(
            name="EventHour",
            fields=[
                ("hour", models.DateTimeField(help_text="Its beginning, by receipt.", primary_key=True, serialize=False)),
                ("counts", models.JSONField(default=dict, help_text="Events by state.")),
                ("counted_at", models.DateTimeField()),
            ],
            options={"ordering": ["-hour"]},
        ),
    ]
