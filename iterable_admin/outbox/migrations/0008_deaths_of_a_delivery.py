from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0007_notices")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="deaths",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="Workers that died, or lost their lease, while they sent it."
            ),
        ),
    ]
