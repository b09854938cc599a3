"""What the lists of the console ask beside their own rows."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Cast, Coalesce, Substr

from catalog.models import Category, Product, Sku, SoldOutDay, Stock, StockMovement
from catalog.queries.matching import matching
from catalog.rules.gtin import LENGTHS
from catalog.rules.wording import words_pattern
from shop.core import clock
from shop.core.redis import attempt

CODES_FOUND = 500
SOLD_OUT_WINDOW_DAYS = 30
BADGE_COUNTED = 100
BADGE_SECONDS = 20
_BADGE_KEY = "catalog:console:short-stock"
_STAFF = "staff:"


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
    owners = list(skus_by_code(text).values_list("product_id", flat=True)[:CODES_FOUND])
    by_code = Q(pk__in=owners)
    _found, query = matching(products, text, in_part=not owners)
    return products.filter(by_code) if query is None else products.filter(by_code | Q(search=query))


def skus_by_code(text: str) -> QuerySet[Sku]:
    """Return SKUs whose code begins with the text (as typed or in capitals) or whose barcode it is."""
    if not text or "\x00" in text:
        return Sku.objects.none()
    wanted = Q(code__startswith=text) | Q(code__startswith=text.upper())
    if text.isascii() and text.isdigit() and len(text) in LENGTHS:
        wanted |= Q(barcode=text)
    return Sku.objects.filter(wanted)


def below_category(category_id: int) -> QuerySet[Category]:
    """Return a category and all below it."""
    top = Category.objects.filter(pk=category_id).values("path")[:1]
    found: QuerySet[Category] = Category.objects.filter(path__startswith=Subquery(top))
    return found


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


def short_stock_count() -> int:
    """Return how many stock rows are short, counted at most to ``BADGE_COUNTED`` and kept for a while.

    Every page of the console shows it, so it is asked once in ``BADGE_SECONDS``; without Redis, each time.
    """
    known = attempt("stock_badge", lambda client: client.get(_BADGE_KEY))
    if known is not None:
        return int(known)
    count = short_stock()[:BADGE_COUNTED].count()
    attempt("stock_badge", lambda client: client.set(_BADGE_KEY, count, ex=BADGE_SECONDS))
    return count


def movements_found(movements: QuerySet[StockMovement], text: str) -> QuerySet[StockMovement]:
    """Find movements by the beginning of their reference, or by a SKU's code or barcode."""
    text = text.strip()
    stocks = Stock.objects.filter(sku__in=list(skus_by_code(text).values_list("pk", flat=True)[:CODES_FOUND]))
    wanted = Q(reference__startswith=text) | Q(stock__in=list(stocks.values_list("pk", flat=True)))
    return movements.filter(wanted)


def with_actor_names(movements: QuerySet[StockMovement]) -> QuerySet[StockMovement]:
    """Annotate ``actor_name``: the log-in name of the colleague who did it; NULL for all others."""
    key = Cast(Substr(OuterRef("actor_key"), len(_STAFF) + 1), BigIntegerField())
    name = get_user_model().objects.filter(pk=key).values("username")[:1]
    return movements.annotate(actor_name=Case(When(actor_key__regex=rf"^{_STAFF}\d+$", then=Subquery(name))))


def stock_rows(*, text: str = "") -> QuerySet[Stock]:
    """Return stock rows with ``free`` (available pieces), found by code, barcode or the product's text."""
    rows = Stock.objects.annotate(free=F("on_hand") - F("reserved"))
    return rows.filter(stock_found(text)) if text else rows


def stock_found(text: str) -> Q:
    """Return the condition that finds stock rows, movements' stocks and the like by a search text."""
    text = text.strip()
    skus = list(skus_by_code(text).values_list("pk", flat=True)[:CODES_FOUND])
    found, query = matching(Product.objects.all(), text, in_part=not skus)
    by_code = Q(sku__in=skus)
    if query is None:
        return by_code
    return by_code | Q(sku__product__in=list(found.values_list("pk", flat=True)[:CODES_FOUND]))


def at_shortage(rows: QuerySet[Stock], shortage: str) -> QuerySet[Stock]:
    """Keep stock rows that are ``out``, ``critical``, ``low`` or ``none`` now, or ``short`` in any way."""
    left = F("on_hand") - F("reserved")
    rows = rows.annotate(left=left)
    out, safe, enough = Q(left__lte=0), Q(left__gt=F("safety_at")), Q(left__gt=F("warning_at"))
    kept = {
        "out": out,
        "critical": ~out & ~safe,
        "low": ~out & safe & ~enough,
        "none": ~out & safe & enough,
        "short": out | ~safe | ~enough,
    }
    return rows.filter(kept[shortage]) if shortage in kept else rows.none()


def sold_out_seconds() -> Coalesce:
    """Return an expression: seconds a stock row was sold out in the last 30 Beijing days, as counted."""
    since = clock.today() - timedelta(days=SOLD_OUT_WINDOW_DAYS)
    days = SoldOutDay.objects.filter(stock=OuterRef("pk"), day__gt=since).order_by().values("stock")
    return Coalesce(Subquery(days.annotate(total=Sum("seconds")).values("total")), 0)


def _short() -> Any:
    return Q(on_hand__lte=F("reserved") + F("warning_at"))


def skus_by_codes(codes: Iterable[str]) -> tuple[dict[str, Sku], list[str]]:
    """Return the SKUs that the codes or barcodes name, and those that name none or several. Two queries.

    A code comes before a barcode; a barcode that several SKUs carry names none of them.
    """
    usable = (code.strip() for code in codes if "\x00" not in code)
    wanted = list(dict.fromkeys(code for code in usable if code))[:CODES_FOUND]
    spellings = {*wanted, *(code.upper() for code in wanted)}
    by_code = {sku.code: sku for sku in _named_skus().filter(code__in=spellings)}
    rest = [code for code in wanted if code not in by_code and code.upper() not in by_code]
    by_barcode: dict[str, list[Sku]] = {}
    for carrier in _named_skus().filter(barcode__in=rest):
        by_barcode.setdefault(carrier.barcode, []).append(carrier)
    found: dict[str, Sku] = {}
    for code in wanted:
        carriers = by_barcode.get(code, [])
        sku: Sku | None = (
            by_code.get(code) or by_code.get(code.upper()) or (carriers[0] if len(carriers) == 1 else None)
        )
        if sku is not None:
            found[code] = sku
    return found, [code for code in wanted if code not in found]


def skus_for_stock(text: str) -> QuerySet[Sku]:
    """Return SKUs whose code begins with the text or whose product matches it."""
    if not text:
        return Sku.objects.none()
    codes = list(skus_by_code(text).values_list("pk", flat=True)[:CODES_FOUND])
    found, query = matching(Product.objects.filter(is_deleted=False), text, in_part=not codes)
    wanted = Q(pk__in=codes)
    if query is not None:
        wanted |= Q(product__in=list(found.values_list("pk", flat=True)[:CODES_FOUND]))
    return _named_skus().filter(wanted).order_by("product_id", "position", "id")


def skus_at(sku_ids: Iterable[int], location_id: int | None) -> dict[int, dict[str, int]]:
    """Return the pieces on hand and reserved of SKUs at a location (``None``: the default one). One query."""
    rows = Stock.objects.filter(sku__in=list(sku_ids))
    rows = (
        rows.filter(location__is_default=True) if location_id is None else rows.filter(location=location_id)
    )
    return {row.sku_id: {"on_hand": row.on_hand, "reserved": row.reserved} for row in rows}


def _named_skus() -> QuerySet[Sku]:
    rows = Sku.objects.filter(is_active=True, product__is_deleted=False)
    return rows.select_related("product__cover", "image").defer(
        "product__detail", "product__search", "product__attributes"
    )


def skus_named(sku_ids: Iterable[int]) -> list[Sku]:
    """Return SKUs with what names them to people, in the order of the ids; unknown ones are left out."""
    ids = list(dict.fromkeys(sku_ids))
    found = {sku.pk: sku for sku in _named_skus().filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]
