"""The console's finance pages: look, and press the few buttons that people must press."""

from shop.payments.admin import bills, incidents, payments, refunds, transfers

__all__ = ["bills", "incidents", "payments", "refunds", "transfers"]
