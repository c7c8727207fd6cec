from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_permission_to_export_lists'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='operatoraction',
            index=models.Index(fields=['actor_name', '-at'], name='operatoraction_actor'),
        ),
        migrations.AddIndex(
            model_name='operatoraction',
            index=models.Index(fields=['verb', '-at'], name='operatoraction_verb'),
        ),
    ]
