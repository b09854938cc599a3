"""What a member's lists show of products, in a constant number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.files.storage import default_storage

from catalog.models import Media, Product


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product in a list; ``price`` is the lowest in fen, ``available`` whether it is on sale."""

    id: int
    title: str
    image: str
    price: int
    available: bool


def product_cards(product_ids: Iterable[int]) -> Mapping[int, ProductCard]:
    """Return the cards of these products by id, two queries."""
    wanted = set(product_ids)
    images = dict(
        Media.objects.filter(product_id__in=wanted, kind=Media.Kind.IMAGE, in_detail=False)
        .order_by("product_id", "position", "id")
        .distinct("product_id")
        .values_list("product_id", "file")
    )
    rows = Product.objects.filter(pk__in=wanted).values("id", "title", "min_price", "state", "is_deleted")
    return {
        row["id"]: ProductCard(
            id=row["id"],
            title=row["title"],
            image=default_storage.url(images[row["id"]]) if row["id"] in images else "",
            price=row["min_price"],
            available=row["state"] == Product.State.ON_SALE and not row["is_deleted"],
        )
        for row in rows
    }
