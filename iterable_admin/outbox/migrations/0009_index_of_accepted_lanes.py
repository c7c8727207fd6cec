from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0008_deaths_of_a_delivery")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["lane"], name="delivery_accepted_lanes", condition=models.Q(accepted_at__isnull=False)),
        ),
    ]
