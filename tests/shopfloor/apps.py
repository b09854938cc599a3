"""The test-suite's own app: concrete ledgers, events and a payable to exercise the ground floor with."""

from django.apps import AppConfig


class ShopfloorConfig(AppConfig):
    name = "tests.shopfloor"
    label = "shopfloor"
    default_auto_field = "django.db.models.BigAutoField"
