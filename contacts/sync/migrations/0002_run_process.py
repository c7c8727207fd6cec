from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("sync", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncrun",
            name="process",
            field=models.CharField(blank=True, help_text="The host and process id that reads, once one does.", max_length=200),
        ),
    ]
