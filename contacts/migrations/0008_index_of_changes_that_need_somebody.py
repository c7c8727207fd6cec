from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_contact_operations")]

    operations = [
        migrations.AddIndex(
            model_name="addresschange",
            index=models.Index(
                fields=["noticed_at"],
                name="addresschange_needs_you",
                condition=models.Q(("one_person", False), ("state", "needs_you")),
            ),
        ),
    ]
