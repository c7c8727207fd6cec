from django.db import migrations, models

NEEDS_SOMEBODY = models.Q(
    ("state__in", ("needs_you", "rejected")),
    models.Q(("reason_code", "no_address"), ("state", "held"), ("withdrawal", True)),
    _connector="OR",
)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0008_events_by_the_hour")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["-id", "reason_code", "state", "received_at"], name="event_needs_somebody", condition=NEEDS_SOMEBODY
            ),
        ),
    ]
