from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0005_rate_buckets_of_each_project")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="company",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="At most so many rows share its next call; empty: as many as fit.", null=True
            ),
        ),
    ]
