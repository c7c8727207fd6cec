from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sync", "0013_comparisons_in_observe_mode")]

    operations = [
        migrations.CreateModel(
            name="Headcount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counted_at", models.DateTimeField()),
                ("in_iterable", models.PositiveIntegerField(help_text="Profiles that Iterable has, as far as we know.")),
                ("in_window", models.PositiveIntegerField(help_text="People whom the nightly sync last read.")),
                (
                    "left_behind",
                    models.PositiveIntegerField(help_text="Of those it no longer reads: whose profile Iterable has."),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["counted_at"], name="headcount_counted")],
            },
        ),
    ]
