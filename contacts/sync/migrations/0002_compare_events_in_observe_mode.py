import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ComparedEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('verdict', models.CharField(choices=[('there', 'there'), ('missing', 'missing'), ('only_there', 'only there'), ('untold', 'not told')], max_length=16)),
                ('happened_at', models.DateTimeField(help_text='As we, or Iterable, have it.')),
                ('delivery_id', models.BigIntegerField(help_text='What we would have sent.', null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='comparedperson',
            name='events',
            field=models.CharField(blank=True, choices=[('waiting', 'not compared yet'), ('read', 'compared'), ('unread', 'not answered')], db_default='', default='', max_length=16),
        ),
        migrations.AddField(
            model_name='observecomparison',
            name='events',
            field=models.JSONField(db_default=models.Value({}, output_field=models.JSONField()), default=dict, help_text='By name, how many events have which verdict.'),
        ),
        migrations.AddField(
            model_name='observecomparison',
            name='events_read',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Of them, those whose events were compared.'),
        ),
        migrations.AddField(
            model_name='observecomparison',
            name='events_unread',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Of them, those that were not answered.'),
        ),
        migrations.AddField(
            model_name='observecomparison',
            name='sampled',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='People whose events are compared, too.'),
        ),
        migrations.AlterField(
            model_name='comparedperson',
            name='tries',
            field=models.PositiveSmallIntegerField(default=0, help_text='Of what is asked at present: the profile, then the events.'),
        ),
        migrations.AddIndex(
            model_name='comparedperson',
            index=models.Index(fields=['comparison', 'events', 'id'], name='comparedperson_events'),
        ),
        migrations.AddField(
            model_name='comparedevent',
            name='comparison',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sync.observecomparison'),
        ),
        migrations.AddField(
            model_name='comparedevent',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='one_sided_events', to='sync.comparedperson'),
        ),
        migrations.AddIndex(
            model_name='comparedevent',
            index=models.Index(fields=['comparison', 'verdict', 'name', 'person'], name='comparedevent_verdict'),
        ),
    ]
