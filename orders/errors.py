"""What orders refuse, and why."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, ShopError


class CartFull(ShopError):
    """The cart holds ``limit`` different SKUs already."""

    code = "cart_full"
    title = _("The cart is full.")


class NothingSelected(ShopError):
    """The cart holds nothing selected that can be bought."""

    code = "nothing_selected"
    title = _("Nothing in the cart is selected that can be bought.")


class GoodsUnavailable(ShopError):
    """Some SKUs cannot be bought at all; ``lines`` holds ``{sku, reason}``."""

    code = "goods_unavailable"
    title = _("Some goods cannot be bought any more.")


class QuoteChanged(ShopError):
    """The price is not what the member saw; ``quote`` is the present one."""

    code = "quote_changed"
    title = _("The price has changed. Please confirm again.")


class PurchaseLimited(ShopError):
    """Fewer or more pieces than the product allows; ``lines`` holds ``{sku, code, limit, wanted}``."""

    code = "purchase_limited"
    title = _("The quantity is not within the limits for these goods.")


class DeliveryUnsuitable(ShopError):
    """These goods cannot be delivered in this way; ``lines`` holds ``{sku, reason}``."""

    code = "delivery_unsuitable"
    title = _("These goods cannot be delivered in this way.")


class StoreRequired(ShopError):
    """Pick-up needs a store."""

    code = "store_required"
    title = _("Please choose a store.")


class StoreClosed(ShopError):
    """The store takes no orders at present."""

    code = "store_closed"
    title = _("This store is closed at present.")


class FeatureUnavailable(ShopError):
    """This shop does not offer what the field asks for; ``field`` names it."""

    code = "feature_unavailable"
    title = _("This shop does not offer this.")


class OrderStateRefused(Conflict):
    """The order's state (``status``) does not allow this."""

    code = "order_state_refused"
    title = _("The order's present state does not allow this.")


class OrderChanged(Conflict):
    """The order is not as the person saw it who wants to do this; ``status`` is what it is now."""

    code = "order_changed"
    title = _("The order has changed meanwhile. Please look at it again.")


class UseAfterSale(ShopError):
    """Part of the order is on its way: it can only be returned."""

    code = "use_after_sale"
    title = _("This order is on its way. Please ask for an after-sale.")


class RemindedRecently(ShopError):
    """The shop was reminded of this order less than a day ago."""

    code = "reminded_recently"
    title = _("The shop has been reminded. Please be patient for a day.")


class NothingToShip(ShopError):
    """The parcel holds nothing, or more pieces than are left to ship; ``lines`` holds ``{line, left}``."""

    code = "nothing_to_ship"
    title = _("There are not that many pieces left to ship.")


class TrackingUsed(ShopError):
    """The order has a parcel with this tracking number."""

    code = "tracking_used"
    title = _("This order was already shipped under this tracking number.")


class PickupCodeWrong(ShopError):
    """The code is not this order's."""

    code = "pickup_code_wrong"
    title = _("This pick-up code does not belong to the order.")
