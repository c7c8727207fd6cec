from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0020_open_changes_of_address'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('reason_code', 'would_send')), fields=['operation', '-ended_at'], name='delivery_would_send'),
        ),
    ]
