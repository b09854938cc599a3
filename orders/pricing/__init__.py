"""What an order costs: one pure pipeline from a basket to a quote (``docs/pricing.md``).

No database, no clock, no translation: the same basket always gives the same quote, so quote and checkout
cannot disagree.
"""

from orders.pricing.basket import Basket, BasketLine, Delivery, FreightRule, PointsTerms
from orders.pricing.pipeline import PIPELINE, price
from orders.pricing.quote import Adjustment, Place, Quote, QuoteLine, Reason, Total

__all__ = [
    "PIPELINE",
    "Adjustment",
    "Basket",
    "BasketLine",
    "Delivery",
    "FreightRule",
    "Place",
    "PointsTerms",
    "Quote",
    "QuoteLine",
    "Reason",
    "Total",
    "price",
]
