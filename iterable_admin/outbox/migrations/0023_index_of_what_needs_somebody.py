from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0022_loads")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["-id", "reason_code", "created_at"], name="delivery_needs_you", condition=models.Q(state="needs_you")
            ),
        ),
    ]
