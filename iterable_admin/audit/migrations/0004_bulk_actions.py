import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_indexes_of_the_audit_page'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(help_text='Of the rows, such as outbox.delivery.', max_length=100)),
                ('operation', models.CharField(max_length=64)),
                ('label', models.CharField(help_text='The operation in words.', max_length=100)),
                ('actor_name', models.CharField(max_length=150)),
                ('reason', models.TextField()),
                ('selection', models.JSONField(default=dict, help_text='The ids or the filter that chose the rows.')),
                ('state', models.CharField(choices=[('waiting', 'waiting for a worker'), ('running', 'under way'), ('completed', 'completed'), ('cancelled', 'cancelled'), ('stopped', 'stopped')], default='waiting', max_length=16)),
                ('error', models.TextField(blank=True, help_text='Why it stopped, and who acts next.')),
                ('total', models.PositiveIntegerField(default=0, help_text='Rows chosen.')),
                ('done', models.PositiveIntegerField(default=0, help_text='Rows touched.')),
                ('left', models.JSONField(default=dict, help_text='Rows left alone, by reason.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('lease_owner', models.UUIDField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('takes', models.PositiveSmallIntegerField(default=0, help_text='Workers that took it up since it last moved.')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='BulkPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keys', models.JSONField(help_text='Of the rows to be touched.')),
                ('settled', models.BooleanField(default=False)),
                ('left', models.JSONField(default=dict, help_text='Keys of rows that were left alone, by reason.')),
                ('bulk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='audit.bulkaction')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddIndex(
            model_name='bulkaction',
            index=models.Index(fields=['state', 'id'], name='bulkaction_state'),
        ),
        migrations.AddIndex(
            model_name='bulkpart',
            index=models.Index(fields=['bulk', 'settled', 'id'], name='bulkpart_next'),
        ),
    ]
