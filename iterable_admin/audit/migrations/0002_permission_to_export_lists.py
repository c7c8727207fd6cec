from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='operatoraction',
            options={'ordering': ['-at', '-id'], 'permissions': [('export_list', 'Can export a list as CSV')]},
        ),
    ]
