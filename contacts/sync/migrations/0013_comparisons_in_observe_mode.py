import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0012_lean_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ObserveComparison',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting for a worker'), ('running', 'under way'), ('completed', 'completed'), ('stopped', 'stopped')], default='waiting', max_length=16)),
                ('since', models.DateTimeField(help_text='What would have been sent from then on is compared.')),
                ('most', models.PositiveIntegerField(help_text='At most so many people: those of the newest deliveries.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('planned_at', models.DateTimeField(blank=True, help_text='When its people were written down.', null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('people', models.PositiveIntegerField(default=0)),
                ('agree', models.PositiveIntegerField(default=0)),
                ('differ', models.PositiveIntegerField(default=0)),
                ('absent', models.PositiveIntegerField(default=0)),
                ('unread', models.PositiveIntegerField(default=0)),
                ('fields', models.JSONField(default=dict, help_text='By field, in how many people it agrees and differs.')),
                ('error', models.TextField(blank=True, help_text='Why it stopped or waits, and who acts next.')),
                ('lease_owner', models.UUIDField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'permissions': [('compare_observed', 'Can compare what would be sent with Iterable')],
            },
        ),
        migrations.CreateModel(
            name='ComparedPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_key', models.CharField(db_index=True, max_length=64)),
                ('email', models.CharField(blank=True, help_text='Blanked by erasure.', max_length=254)),
                ('verdict', models.CharField(choices=[('waiting', 'not compared yet'), ('agree', 'agree'), ('differ', 'differ'), ('absent', 'not in Iterable'), ('unread', 'not answered')], default='waiting', max_length=16)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('asked_at', models.DateTimeField(blank=True, help_text='When Iterable was asked.', null=True)),
                ('comparison', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='persons', to='sync.observecomparison')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='DifferingField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=255)),
                ('ours', models.JSONField(help_text='What we would send.', null=True)),
                ('theirs', models.JSONField(help_text='What Iterable holds.', null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='differing', to='sync.comparedperson')),
                ('comparison', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sync.observecomparison')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['comparison', 'field', 'person'], name='differingfield_field')],
            },
        ),
        migrations.AddIndex(
            model_name='comparedperson',
            index=models.Index(fields=['comparison', 'verdict', 'id'], name='comparedperson_verdict'),
        ),
    ]
