
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journeys', '0005_reality_checks'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='pressurerun',
            options={'ordering': ['-id'], 'verbose_name': 'count of messages', 'verbose_name_plural': 'counts of messages'},
        ),
        migrations.AddField(
            model_name='pressurerun',
            name='done',
            field=models.PositiveIntegerField(default=0, help_text='Parts counted.'),
        ),
        migrations.AddField(
            model_name='pressurerun',
            name='parts',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name='pressurerun',
            name='state',
            field=models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('completed', 'completed'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='waiting', max_length=16),
        ),
    ]
