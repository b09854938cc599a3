"""Refusals of the catalog."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import ShopError


class OutOfStock(ShopError):
    """Less is available than wanted; ``lines`` holds ``{sku, available, wanted}`` of every short SKU."""

    code = "out_of_stock"
    title = _("Some goods are out of stock.")


class ReservationClosed(ShopError):
    """The reservation was released or used up: its pieces may be promised to somebody else by now."""

    code = "reservation_closed"
    title = _("These goods are no longer reserved.")


class ReservationConflict(ShopError):
    """The reference reserved something else before, or less is reserved than the action needs."""

    code = "reservation_conflict"
    title = _("This does not match what was reserved.")


class StockConflict(ShopError):
    """The same reference was booked before with another quantity."""

    code = "stock_conflict"
    title = _("This was already booked with a different quantity.")


class CountBelowReserved(ShopError):
    """A stock-take counted less than is promised to orders; ``lines`` holds ``{sku, counted, reserved}``."""

    code = "count_below_reserved"
    title = _("Fewer pieces were counted than are promised to orders. Cancel or move those orders first.")


class ProductIncomplete(ShopError):
    """The product cannot go on sale yet; ``errors`` says what is missing."""

    code = "product_incomplete"
    title = _("This product cannot go on sale yet.")


class ProductDeleted(ShopError):
    """The product lies in the recycle bin."""

    code = "product_deleted"
    title = _("This product is in the recycle bin.")


class ProductMoved(ShopError):
    """Somebody changed the product since it was read; ``by``, ``at``, ``changed`` say who, when, what."""

    code = "product_moved"
    title = _("A colleague changed this product meanwhile. Nothing was saved.")


class StockMoved(ShopError):
    """Goods moved between count and confirmation; ``lines`` holds ``{sku, expected, on_hand}``."""

    code = "stock_moved"
    title = _("Goods moved while you were counting. Look at the differences again.")


class MarketPriceUnproven(ShopError):
    """The crossed-out price was never really charged; ``lines`` holds ``{code, market_price}``."""

    code = "market_price_unproven"
    title = _("A crossed-out price must have been charged before.")


class MediaRefused(ShopError):
    """The file is not a picture or video that the shop can show; ``detail`` says why."""

    code = "media_refused"
    status = 400
    title = _("This file cannot be used.")


class CategoryInUse(ShopError):
    """The category still has products or subcategories."""

    code = "category_in_use"
    title = _("This category is not empty.")
