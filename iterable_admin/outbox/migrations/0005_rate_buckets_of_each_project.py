import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    # A bucket is worth a second of memory: made anew rather than carried over. The old table stays for the old code, which
    # still runs while this is applied, and goes with the next release.

    dependencies = [("outbox", "0004_address_prefixes")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="RateBucket")]),
        migrations.CreateModel(
            name="RateBucket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.CharField(
                        help_text="Told apart by host and a keyed hash of the key, never the key itself.", max_length=32
                    ),
                ),
                ("endpoint", models.CharField(max_length=120)),
                ("next_free_at", models.FloatField(default=0, help_text="When the next call may leave (virtual scheduling).")),
                ("paused_until", models.FloatField(default=0)),
                ("last_429_at", models.FloatField(default=0)),
                ("second", models.BigIntegerField(default=0)),
                ("second_calls", models.PositiveIntegerField(default=0)),
                ("minute", models.BigIntegerField(default=0)),
                ("minute_calls", models.PositiveIntegerField(default=0)),
                ("hour", models.BigIntegerField(default=0)),
                ("hour_calls", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "outbox_bucket",
                "ordering": ["endpoint"],
                "verbose_name": "API budget",
                "verbose_name_plural": "API budget: used and left",
                "constraints": [models.UniqueConstraint(fields=("project", "endpoint"), name="one_bucket_an_endpoint")],
            },
        ),
        migrations.CreateModel(
            name="HourOfCalls",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.BigIntegerField(help_text="Hours since the epoch.")),
                ("calls", models.PositiveIntegerField()),
                (
                    "bucket",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="hours", to="outbox.ratebucket"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("bucket", "hour"), name="one_row_an_hour")],
            },
        ),
    ]
