"""Settings of the catalog that merchants change while the shop runs."""

from django.utils.translation import gettext_lazy as _

from shop.core.runtime import declare

GROUP = _("Catalog")
STOCK_GROUP = _("Stock")

declare(
    name="stock_warning_level",
    default=10,
    minimum=0,
    maximum=1_000_000,
    unit="pieces",
    title=_("Stock warning level"),
    group=STOCK_GROUP,
    help=_("Where neither the SKU's stock nor a category says otherwise. Takes effect within a day."),
)
declare(
    name="stock_safety_level",
    default=0,
    minimum=0,
    maximum=1_000_000,
    unit="pieces",
    title=_("Stock safety level"),
    group=STOCK_GROUP,
    help=_("Where neither the SKU's stock nor a category says otherwise. Takes effect within a day."),
)
declare(
    name="replenish_cover_days",
    default=30,
    minimum=1,
    maximum=365,
    unit="days",
    title=_("Days that an order of goods should last"),
    group=STOCK_GROUP,
    help=_("The replenishment list proposes as many pieces as sell in this time, above the safety level."),
)
declare(
    name="market_price_min_days",
    default=7,
    minimum=1,
    maximum=90,
    unit="days",
    title=_("Days a price must have been charged before it is shown crossed out"),
    group=GROUP,
)
declare(
    name="market_price_window_days",
    default=90,
    minimum=7,
    maximum=730,
    unit="days",
    title=_("Days back in which that must have been"),
    group=GROUP,
)
declare(
    name="market_price_refuse",
    default=True,
    title=_("Refuse a crossed-out price that was not charged"),
    group=GROUP,
    help=_("Otherwise staff are only warned. Imports always only warn."),
)
declare(
    name="search_hot_days",
    default=7,
    minimum=1,
    maximum=90,
    unit="days",
    title=_("Days that count for hot searches"),
    group=GROUP,
)
declare(
    name="import_picture_hosts",
    default="",
    kind=str,
    maximum=1000,
    title=_("Hosts from which imports may fetch pictures"),
    group=GROUP,
    help=_("Host names separated by spaces, such as img.example.com or *.example.com. Empty: none."),
)
