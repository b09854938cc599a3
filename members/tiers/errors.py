"""Refusals of the tiers."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict


class TierUnavailable(Conflict):
    """The tier is not in force, or the time until which it is to be given is over."""

    code = "tier_unavailable"
    title = _("This tier cannot be given.")


class TiersOff(Conflict):
    """The shop runs without tiers: the setting ``tiers_enabled``."""

    code = "tiers_off"
    title = _("The shop has no member tiers at present.")
