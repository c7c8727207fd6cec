import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0006_company_of_a_delivery")]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("filtered_field", "field dropped"), ("disallowed_event", "event name disallowed")],
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("calls", models.PositiveIntegerField(default=1, help_text="In how many calls.")),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                (
                    "last_attempt",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="outbox.attempt"
                    ),
                ),
            ],
            options={
                "ordering": ["-last_at"],
                "indexes": [models.Index(fields=["last_at"], name="notice_last")],
                "constraints": [models.UniqueConstraint(fields=("kind", "name"), name="one_notice_a_name")],
            },
        ),
    ]
