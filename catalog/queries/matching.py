"""Search within a queryset of products, for the console's lists."""

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from catalog import search
from catalog.models import Product


def matching(
    found: QuerySet[Product], text: str, *, in_part: bool = True
) -> tuple[QuerySet[Product], SearchQuery | None]:
    """Return the products that match a search text as a whole, else in part, and the query that found them.

    The query is ``None`` when the text holds nothing to look for. Costs one query; none unless ``in_part``.
    """
    strict = search.strict_query(text)
    if not strict:
        return found.none(), None
    query = SearchQuery(strict, config="simple", search_type="raw")
    whole = found.filter(search=query)
    if not in_part or whole.exists():
        return whole, query
    query = SearchQuery(search.loose_query(text), config="simple", search_type="raw")
    return found.filter(search=query), query
