from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Entries of one request are found by an index, built while the shop goes on writing entries."""

    atomic = False
    dependencies = [("core", "0003_outbox_taken")]

    operations = [
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("request_id", ""), _negated=True),
                fields=["request_id"],
                name="core_audit_request",
            ),
        ),
    ]
