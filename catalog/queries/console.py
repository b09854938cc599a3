"""What the lists of the console ask beside their own rows."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from catalog.models import Category, Product, Sku, SoldOutDay, Stock
from catalog.queries.listing import matching
from catalog.rules.gtin import LENGTHS
from catalog.rules.wording import words_pattern
from shop.core import clock

CODES_FOUND = 500
SOLD_OUT_WINDOW_DAYS = 30


def with_stock(products: QuerySet[Product]) -> QuerySet[Product]:
    """Annotate ``free``: available pieces of active SKUs over all locations."""
    here = Stock.objects.filter(sku__product=OuterRef("pk"), sku__is_active=True).order_by()
    total = here.values("sku__product").annotate(total=Sum(F("on_hand") - F("reserved"))).values("total")
    return products.annotate(free=Coalesce(Subquery(total, output_field=IntegerField()), 0))


def at_stock_level(products: QuerySet[Product], level: str) -> QuerySet[Product]:
    """Keep products sold out everywhere (``out``), with a short SKU (``low``), or with none short."""
    active = Stock.objects.filter(sku__product=OuterRef("pk"), sku__is_active=True)
    available = active.filter(on_hand__gt=F("reserved"))
    short = active.filter(_short())
    if level == "out":
        return products.filter(~Exists(available))
    if level == "low":
        return products.filter(Exists(short))
    return products.filter(Exists(available) & ~Exists(short))


def search_products(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Find products by Chinese search, by the beginning of a SKU code or by a whole barcode.

    Three queries at most beside the list's own.
    """
    text = text.strip()
    owners = skus_by_code(text).values_list("product_id", flat=True)[:CODES_FOUND]
    by_code = Q(pk__in=list(owners))
    found, query = matching(products, text)
    return products.filter(by_code) if query is None else products.filter(by_code | Q(search=query))


def skus_by_code(text: str) -> QuerySet[Sku]:
    """Return SKUs whose code begins with the text (as typed or in capitals) or whose barcode it is."""
    if not text:
        return Sku.objects.none()
    wanted = Q(code__startswith=text) | Q(code__startswith=text.upper())
    if text.isascii() and text.isdigit() and len(text) in LENGTHS:
        wanted |= Q(barcode=text)
    return Sku.objects.filter(wanted)


def below_category(category_id: int) -> QuerySet[Category]:
    """Return a category and all below it."""
    top = Category.objects.filter(pk=category_id).values("path")[:1]
    return Category.objects.filter(path__startswith=Subquery(top))


def with_finding(products: QuerySet[Product], finding: str) -> QuerySet[Product]:
    """Keep products that staff should look at: ``wording``, ``no_picture`` or ``no_sku``."""
    if finding == "wording":
        words = words_pattern()
        return products.filter(Q(title__iregex=words) | Q(subtitle__iregex=words))
    if finding == "no_picture":
        return products.filter(cover__isnull=True)
    return products.filter(~Exists(Sku.objects.filter(product=OuterRef("pk"), is_active=True)))


def short_stock() -> QuerySet[Stock]:
    """Return what has to be reordered: announced as short, of active SKUs of products on sale."""
    return Stock.objects.filter(
        ~Q(alert=Stock.Alert.NONE),
        sku__is_active=True,
        sku__product__state=Product.State.ON_SALE,
        sku__product__is_deleted=False,
    )


def stock_rows(*, text: str = "") -> QuerySet[Stock]:
    """Return stock rows with ``free`` (available pieces), found by code, barcode or the product's text."""
    rows = Stock.objects.annotate(free=F("on_hand") - F("reserved"))
    return rows.filter(stock_found(text)) if text else rows


def stock_found(text: str) -> Q:
    """Return the condition that finds stock rows, movements' stocks and the like by a search text."""
    text = text.strip()
    skus = list(skus_by_code(text).values_list("pk", flat=True)[:CODES_FOUND])
    found, query = matching(Product.objects.all(), text)
    by_code = Q(sku__in=skus)
    if query is None:
        return by_code
    return by_code | Q(sku__product__in=list(found.values_list("pk", flat=True)[:CODES_FOUND]))


def sold_out_seconds() -> Coalesce:
    """Return an expression: seconds a stock row was sold out in the last 30 Beijing days, as counted."""
    since = clock.today() - timedelta(days=SOLD_OUT_WINDOW_DAYS)
    days = SoldOutDay.objects.filter(stock=OuterRef("pk"), day__gt=since).order_by().values("stock")
    return Coalesce(Subquery(days.annotate(total=Sum("seconds")).values("total")), 0)


def _short() -> Any:
    return Q(on_hand__lte=F("reserved") + F("warning_at"))
