"""What staff should look at before a product goes on sale: doubtful copy, unproven crossed-out prices."""

from dataclasses import dataclass

from catalog.models import Product, Sku
from catalog.rules.wording import Finding, check_wording
from catalog.services.products.prices import unproven_market_prices
from shop.core.errors import NotFound


@dataclass(frozen=True)
class ProductFindings:
    """Warnings about one product; ``unproven`` holds the SKUs whose crossed-out price was never charged."""

    wording: list[Finding]
    unproven: list[Sku]


def product_findings(product_id: int) -> ProductFindings:
    """Return the warnings of a product. Raises ``NotFound``."""
    product = Product.objects.filter(pk=product_id).defer("search").first()
    if product is None:
        raise NotFound
    texts = {"title": product.title, "subtitle": product.subtitle, "detail": product.detail}
    texts.update({f"attributes.{name}": str(value) for name, value in product.attributes.items()})
    skus = list(Sku.objects.filter(product=product, is_active=True))
    return ProductFindings(check_wording(texts), unproven_market_prices(skus))
