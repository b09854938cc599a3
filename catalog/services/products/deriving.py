"""What is derived from a product's SKUs, pictures and texts, so that lists need one table."""

from collections.abc import Iterable

from django.db import connection

from catalog import search
from catalog.models import Category, Media, Product, Sku
from catalog.rules.prices import price_range


def derive_product(product: Product) -> None:
    """Set price range, cover and search document of a locked product from what is stored; does not save."""
    prices = list(Sku.objects.filter(product=product, is_active=True).values_list("price", flat=True))
    product.min_price, product.max_price = price_range(prices)
    product.cover = (
        Media.objects.filter(product=product, kind=Media.Kind.IMAGE, in_detail=False)
        .order_by("position", "id")
        .first()
    )


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
            "UPDATE catalog_product AS product SET search = fresh.search::tsvector"
            " FROM unnest(%s::bigint[], %s::text[]) AS fresh (id, search) WHERE product.id = fresh.id",
            [[product.pk for product in products], documents],
        )
    return len(products)


def lineage(path: str) -> list[str]:
    """Return the paths of a category and all above it, from the top."""
    step = Category.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]


def _category_names(paths: set[str]) -> dict[str, str]:
    wanted = {up for path in paths for up in lineage(path)}
    return dict(Category.objects.filter(path__in=wanted).values_list("path", "name"))


def _document(product: Product, category_names: dict[str, str]) -> str:
    names = [category_names[path] for path in lineage(product.category.path)]
    names += [tag.name for tag in product.tags.all()]
    names += [code for sku in product.skus.all() for code in (sku.code, sku.barcode) if sku.is_active]
    if product.brand is not None:
        names.append(product.brand.name)
    specs = {value for sku in product.skus.all() if sku.is_active for value in sku.spec.values()}
    texts = [product.subtitle, *(str(value) for value in product.attributes.values()), *sorted(specs)]
    return search.document(title=product.title, names=names, texts=texts)
