"""States of goods as badges, for lists and templates alike."""

from django.utils.safestring import SafeString

from catalog.models import Stock
from catalog.rules.stock import severity_of
from shop.core.console.columns import badge_html

ALERTS = {"none": "success", "low": "warning", "critical": "danger", "out": "danger"}


def alert_badge(stock: Stock) -> SafeString:
    """Show how short a stock is now; its announced alert may still be a worse one."""
    severity = severity_of(available=stock.available, warning=stock.warning_at, safety=stock.safety_at)
    alert = Stock.Alert(severity.name.lower())
    return badge_html(alert.label, ALERTS[alert])
