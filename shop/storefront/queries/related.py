"""Products that go with one: chosen by staff, bought together, else alike by category and tags."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from catalog.models import Product
from shop.core.errors import NotFound
from shop.storefront.queries.products import cards

ALIKE = 60
"""Of the category, and of the tags, this many best-selling products are looked at."""

# The category is named and not joined: PostgreSQL must know whether it is a small one.
# One row per product that may be shown: the best reason wins (0 staff, 1 bought together, 2 alike).
_RELATED = """
WITH candidate AS (
    SELECT choice.other_id AS id, 0 AS reason, -choice.position AS score
    FROM storefront_relatedchoice AS choice WHERE choice.product_id = %(product)s AND choice.kind = 'pin'
    UNION ALL
    SELECT pair.other_id, 1, pair.orders
    FROM storefront_copurchase AS pair WHERE pair.product_id = %(product)s
    UNION ALL
    (SELECT near.id, 2, 1
     FROM catalog_product AS near
     WHERE near.category_id = %(category)s AND near.state = 'on_sale' AND NOT near.is_deleted
     ORDER BY near.sales DESC, near.id DESC LIMIT %(alike)s)
    UNION ALL
    (SELECT near.id, 2, count(*)
     FROM catalog_producttag AS mine
     JOIN catalog_producttag AS theirs ON theirs.tag_id = mine.tag_id
     JOIN catalog_product AS near ON near.id = theirs.product_id
     WHERE mine.product_id = %(product)s AND near.state = 'on_sale' AND NOT near.is_deleted
     GROUP BY near.id
     ORDER BY count(*) DESC, near.sales DESC, near.id DESC LIMIT %(alike)s)
), best AS (
    SELECT candidate.id, min(candidate.reason) AS reason
    FROM candidate
    WHERE candidate.id <> %(product)s
        AND NOT EXISTS (
            SELECT 1 FROM storefront_relatedchoice AS choice
            WHERE choice.product_id = %(product)s AND choice.other_id = candidate.id AND choice.kind = 'block'
        )
    GROUP BY candidate.id
)
SELECT best.id, best.reason,
    (SELECT sum(candidate.score) FROM candidate
     WHERE candidate.id = best.id AND candidate.reason = best.reason) AS score
FROM best JOIN catalog_product AS product ON product.id = best.id
WHERE product.state = 'on_sale' AND NOT product.is_deleted
    AND EXISTS (
        SELECT 1 FROM catalog_sku AS sku
        JOIN catalog_stock AS stock ON stock.sku_id = sku.id
        JOIN catalog_location AS place ON place.id = stock.location_id AND place.is_default
        WHERE sku.product_id = best.id AND sku.is_active AND stock.on_hand > stock.reserved
    )
ORDER BY reason, score DESC, product.sales DESC, best.id DESC
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A product that goes with another: ``reason`` is ``pin``, ``bought`` or ``alike``.

    ``score`` counts orders for ``bought``, shared category and tags for ``alike``.
    """

    product_id: int
    reason: str
    score: int


_REASONS = ("pin", "bought", "alike")


def relations_of(product_id: int, *, limit: int) -> list[Relation]:
    """Return what goes with a product and can be bought now, the best first. Two queries."""
    category_id = Product.objects.filter(pk=product_id).values_list("category_id", flat=True).first()
    return _relations(product_id, category_id, limit=limit)


def _relations(product_id: int, category_id: int | None, *, limit: int) -> list[Relation]:
    wanted = {"product": product_id, "category": category_id, "alike": ALIKE, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_RELATED, wanted)
        return [Relation(pk, _REASONS[reason], int(score)) for pk, reason, score in cursor.fetchall()]


def related_products(product_id: int, *, limit: int, tier: str) -> list[dict[str, Any]]:
    """Return the cards of what goes with a product on sale. Three queries. Raises ``NotFound``."""
    known = Product.objects.filter(pk=product_id, state=Product.State.ON_SALE, is_deleted=False)
    category_id = known.values_list("category_id", flat=True).first()
    if category_id is None:
        raise NotFound
    found = _relations(product_id, category_id, limit=limit)
    return cards((relation.product_id for relation in found), tier=tier)
