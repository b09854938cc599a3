"""Settings of the storefront that merchants change while the shop runs."""

from django.utils.translation import gettext_lazy as _

from shop.core.runtime import declare

declare(
    name="related_window_days",
    default=180,
    minimum=7,
    maximum=730,
    unit="days",
    title=_("Days of orders that count as bought together"),
    group=_("Storefront"),
    help=_("Takes effect with the next nightly count."),
)
