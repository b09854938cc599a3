from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Look through the orders for the constraints of 0002 and 0004, in a transaction that locks no writer out."""

    dependencies = [
        ("orders", "0004_cards"),
    ]

    operations = [
        ValidateConstraint(model_name="order", name="orders_order_points_within"),
        ValidateConstraint(model_name="order", name="orders_order_card_within"),
    ]
