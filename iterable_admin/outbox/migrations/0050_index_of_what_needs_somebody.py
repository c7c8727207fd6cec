from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0020_open_changes_of_address")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["-id", "reason_code", "created_at"], name="delivery_needs_you", condition=models.Q(state="needs_you")
            ),
        ),
    ]
