"""Products as lists show them: one flat row each, one query for any number.

``product_cards`` is written in SQL, because every list, section and recommendation asks it, and composing the
same statement through the ORM costs more than answering it.
"""

from collections.abc import Iterable
from typing import Any, TypedDict

from django.db import connection

from catalog.models import Product
from catalog.queries.images import image_url, rendition_url

_SELLABLE = """
    FROM catalog_sku AS sku
    JOIN catalog_stock AS stock ON stock.sku_id = sku.id
    JOIN catalog_location AS place ON place.id = stock.location_id AND place.is_default
    WHERE sku.product_id = product.id AND sku.is_active AND stock.on_hand > stock.reserved
"""
IN_STOCK = f"EXISTS (SELECT 1 {_SELLABLE})"
"""The condition on ``product`` that something of it can be had."""

# Single values, not joins nor EXISTS: for those PostgreSQL would read all pictures and stock for one page.
CARD_COLUMNS = f"""product.id, product.title, product.subtitle, product.min_price, product.market_price,
    product.sales,
    (
        SELECT COALESCE(NULLIF(cover.renditions ->> '400', ''), cover.file) FROM catalog_media AS cover
        WHERE cover.id = product.cover_id
    ),
    ARRAY(
        SELECT tag.name FROM catalog_producttag AS link JOIN catalog_tag AS tag ON tag.id = link.tag_id
        WHERE link.product_id = product.id ORDER BY tag.position, tag.id
    ),
    (SELECT TRUE {_SELLABLE} LIMIT 1)"""  # noqa: S608  our own text
"""What a statement over ``product`` selects for ``card_of``."""

_CARDS = f"""
SELECT {CARD_COLUMNS} FROM catalog_product AS product
WHERE product.id = ANY(%s) AND product.state = 'on_sale' AND NOT product.is_deleted
"""  # noqa: S608  our own text


class ProductCard(TypedDict):
    """A product as the API names it in lists. Prices in fen; ``price`` is the lowest of its SKUs."""

    id: int
    title: str
    subtitle: str
    image: str
    price: int
    market_price: int | None
    sales: int
    tags: list[str]
    in_stock: bool


class KnownProduct(TypedDict):
    """A product that somebody has met before; ``price`` is the lowest in fen, ``available`` says on sale."""

    id: int
    title: str
    image: str
    price: int
    available: bool


def product_cards(product_ids: Iterable[int]) -> list[ProductCard]:
    """Return the cards of products, in the order of the ids; what is not on sale is left out. One query."""
    ids = list(dict.fromkeys(product_ids))
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CARDS, [ids])
        cards = {row[0]: card_of(row) for row in cursor.fetchall()}
    return [cards[pk] for pk in ids if pk in cards]


def known_products(product_ids: Iterable[int]) -> dict[int, KnownProduct]:
    """Return products by id, those off sale or deleted included; unknown ids are missing. One query."""
    rows = Product.objects.filter(pk__in=set(product_ids)).values_list(
        "id", "title", "cover__file", "cover__renditions", "min_price", "state", "is_deleted"
    )
    return {
        pk: {
            "id": pk,
            "title": title,
            "image": rendition_url(file, renditions),
            "price": price,
            "available": state == Product.State.ON_SALE and not is_deleted,
        }
        for pk, title, file, renditions, price, state, is_deleted in rows
    }


def card_of(row: tuple[Any, ...]) -> ProductCard:
    """Return the card of a row of ``CARD_COLUMNS``."""
    pk, title, subtitle, price, market_price, sales, image, tags, in_stock = row
    return {
        "id": pk,
        "title": title,
        "subtitle": subtitle,
        "image": image_url(image),
        "price": price,
        "market_price": market_price,
        "sales": sales,
        "tags": tags,
        "in_stock": bool(in_stock),
    }
