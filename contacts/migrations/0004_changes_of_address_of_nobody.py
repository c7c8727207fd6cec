"""Erasure leaves a change of address without its user."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0003_since_when_addresses_are_known'),
    ]

    operations = [
        migrations.AlterField(
            model_name='addresschange',
            name='gitlab_user_id',
            field=models.BigIntegerField(blank=True, db_index=True, help_text='Blanked by erasure.', null=True),
        ),
    ]
