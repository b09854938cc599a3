"""Old deeds are found by their window, so that a nightly job can delete them; consents get their words."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("members", "0007_rewards")]

    operations = [
        AddIndexConcurrently(
            model_name="taskevent",
            index=models.Index(fields=["window"], name="rewards_deed_age"),
        ),
        migrations.AlterField(
            model_name="consent",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                to="members.agreement",
                verbose_name="agreement",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="member",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="consents",
                to="members.member",
                verbose_name="member",
            ),
        ),
    ]
