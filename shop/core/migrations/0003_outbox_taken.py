from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_access_and_sessions")]

    operations = [
        migrations.AddField(
            model_name="outboxevent",
            name="taken_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="taken at"),
        ),
    ]
