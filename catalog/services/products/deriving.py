"""What is derived from a product's SKUs, pictures and texts, so that lists need one table."""

from collections.abc import Iterable, Sequence

from django.db import connection

from catalog import search
from catalog.models import Category, Product
from catalog.rules.tree import lineage
from shop.core.db import claim_rows, in_transaction

BATCH = 200

_PRICES = """
UPDATE catalog_product AS product
SET min_price = coalesce(priced.low, 0), max_price = coalesce(priced.high, 0),
    market_price = priced.market_price
FROM unnest(%s::bigint[]) AS wanted (id)
LEFT JOIN LATERAL (
    SELECT min(price) AS low, max(price) AS high,
        (array_agg(market_price ORDER BY price, market_price DESC NULLS LAST))[1] AS market_price
    FROM catalog_sku AS sku WHERE sku.product_id = wanted.id AND sku.is_active
) AS priced ON true
WHERE product.id = wanted.id
"""

_COVERS = """
UPDATE catalog_product AS product SET cover_id = first.id
FROM unnest(%s::bigint[]) AS wanted (id)
LEFT JOIN LATERAL (
    SELECT media.id FROM catalog_media AS media
    WHERE media.product_id = wanted.id AND media.kind = 'image' AND NOT media.in_detail
    ORDER BY media.position, media.id LIMIT 1
) AS first ON true
WHERE product.id = wanted.id
"""


def store_price_ranges(product_ids: Sequence[int]) -> None:
    """Derive lowest, highest and crossed-out price of locked products from their active SKUs."""
    with connection.cursor() as cursor:
        cursor.execute(_PRICES, [list(product_ids)])


def store_covers(product_ids: Sequence[int]) -> None:
    """Derive the cover of locked products from their pictures."""
    with connection.cursor() as cursor:
        cursor.execute(_COVERS, [list(product_ids)])


def store_search_documents(product_ids: Iterable[int]) -> int:
    """Rebuild the search documents of products; the same few statements for one or a thousand.

    Returns how many were written.
    """
    products = list(
        Product.objects.filter(pk__in=list(product_ids))
        .select_related("brand", "category")
        .prefetch_related("tags", "skus")
        .only("id", "title", "subtitle", "attributes", "brand__name", "category__path", "category__name")
    )
    names = _category_names({product.category.path for product in products})
    documents = [_document(product, names) for product in products]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_product AS product SET search = fresh.search::tsvector, search_is_stale = false"
            " FROM unnest(%s::bigint[], %s::text[]) AS fresh (id, search) WHERE product.id = fresh.id",
            [[product.pk for product in products], documents],
        )
    return len(products)


@in_transaction
def refresh_stale_search_batch() -> int:
    """Rebuild at most ``BATCH`` stale search documents that nobody else holds; return how many."""
    stale = Product.objects.filter(search_is_stale=True).only("pk").order_by("pk")
    return store_search_documents([product.pk for product in claim_rows(stale, limit=BATCH)])


def _category_names(paths: set[str]) -> dict[str, str]:
    wanted = {up for path in paths for up in lineage(path, step=Category.steplen)}
    return dict(Category.objects.filter(path__in=wanted).values_list("path", "name"))


def _document(product: Product, category_names: dict[str, str]) -> str:
    names = [category_names[path] for path in lineage(product.category.path, step=Category.steplen)]
    names += [tag.name for tag in product.tags.all()]
    names += [code for sku in product.skus.all() for code in (sku.code, sku.barcode) if sku.is_active]
    if product.brand is not None:
        names.append(product.brand.name)
    specs = {value for sku in product.skus.all() if sku.is_active for value in sku.spec.values()}
    texts = [product.subtitle, *(str(value) for value in product.attributes.values()), *sorted(specs)]
    return search.document(title=product.title, names=names, texts=texts)
