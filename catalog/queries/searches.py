"""Hot words and suggestions."""

from datetime import timedelta

from django.contrib.postgres.search import SearchQuery
from django.db.models import Sum

from catalog import search
from catalog.models import Brand, Category, HotWord, Product, SearchTerm
from shop.core import clock, runtime

MOST = 10


def hot_words(*, limit: int = MOST) -> list[str]:
    """Return what staff put on top, then what was searched most lately and found something. Two queries."""
    words = list(HotWord.objects.values_list("term", "is_blocked"))
    pinned = [term for term, blocked in words if not blocked]
    blocked = {search.normalise(term) for term, is_blocked in words if is_blocked}
    since = clock.today() - timedelta(days=runtime.value("search_hot_days"))
    asked = (
        SearchTerm.objects.filter(day__gt=since, found__gt=0)
        .values("term")
        .annotate(times=Sum("found"))
        .order_by("-times", "term")
        .values_list("term", flat=True)[: limit + len(blocked)]
    )
    found = [*pinned, *(term for term in asked if term not in blocked)]
    return _distinct(found, limit)


def suggestions(text: str, *, limit: int = MOST) -> list[str]:
    """Return what ``text`` may be the beginning of: searches, brands, categories, then product titles.

    Five queries at most; nothing for an empty text.
    """
    start = search.normalise(text)
    if not start:
        return []
    since = clock.today() - timedelta(days=runtime.value("search_hot_days"))
    blocked = {search.normalise(term) for term in _blocked()}
    asked = (
        SearchTerm.objects.filter(day__gt=since, found__gt=0, term__startswith=start)
        .values("term")
        .annotate(times=Sum("found"))
        .order_by("-times", "term")
        .values_list("term", flat=True)[: limit + len(blocked)]
    )
    found = [term for term in asked if term not in blocked]
    found += Brand.objects.filter(name__icontains=start).values_list("name", flat=True)[:limit]
    found += Category.objects.filter(name__icontains=start, is_visible=True).values_list("name", flat=True)[
        :limit
    ]
    if len(found) < limit:
        found += _titles(start, limit)
    return _distinct(found, limit)


def _blocked() -> list[str]:
    return list(HotWord.objects.filter(is_blocked=True).values_list("term", flat=True))


def _titles(start: str, limit: int) -> list[str]:
    strict = search.strict_query(start)
    if not strict:
        return []
    on_sale = Product.objects.filter(state=Product.State.ON_SALE, is_deleted=False)
    query = SearchQuery(strict, config="simple", search_type="raw")
    return list(
        on_sale.filter(search=query).order_by("-sales", "-id").values_list("title", flat=True)[:limit]
    )


def _distinct(words: list[str], limit: int) -> list[str]:
    seen: dict[str, str] = {}
    for word in words:
        seen.setdefault(search.normalise(word), word)
    return list(seen.values())[:limit]
