"""Old deeds are found by their window, so that a nightly job can delete them."""

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
    ]
