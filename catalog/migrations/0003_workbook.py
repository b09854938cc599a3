"""Give products a code, by which workbooks find them; products of before get P and their number."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_home_sections")]

    operations = [
        migrations.AddField(
            model_name="product",
            name="code",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40, verbose_name="product code"
            ),
        ),
        migrations.RunSQL("UPDATE catalog_product SET code = 'P' || id", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(
                condition=~Q(code=""), fields=("code",), name="catalog_product_code_once"
            ),
        ),
    ]
