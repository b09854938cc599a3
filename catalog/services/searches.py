"""Counting what shoppers look for: in Redis while they search, in PostgreSQL by a job."""

import hashlib
from datetime import date, timedelta

import redis
from django.db import connection

from catalog import search
from catalog.models import SearchTerm
from shop.core import clock
from shop.core.db import in_transaction
from shop.core.redis import attempt

MAX_TERMS = 20_000
"""Different texts that a day may have in Redis: a flood of nonsense must not fill it."""

KEEP_DAYS = 90
_COUNTED_ONCE_SECONDS = 24 * 3600
_KEEP_SECONDS = 3 * 24 * 3600

# Counts one search unless this visitor asked for the same today, or the day has too many different texts.
_COUNT = """
if redis.call('SET', KEYS[3], '1', 'NX', 'EX', ARGV[3]) == false then return 0 end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
    return 0
end
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('EXPIRE', KEYS[1], ARGV[5])
if ARGV[2] == '1' then
    redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
    redis.call('EXPIRE', KEYS[2], ARGV[5])
end
return 1
"""


def record_search(*, text: str, found: bool, visitor: str) -> None:
    """Count a search text once a day and visitor (a member or an address, stored only as a hash).

    Without Redis the search goes uncounted. Call it for the first page only, outside transactions.
    """
    term = search.normalise(text)
    if not term:
        return
    day = clock.today()
    seen = hashlib.blake2b(f"{day}\x00{visitor}\x00{term}".encode(), digest_size=16).hexdigest()
    keys = [_key("searches", day), _key("found", day), f"catalog:search:seen:{seen}"]
    arguments = [term, "1" if found else "0", _COUNTED_ONCE_SECONDS, MAX_TERMS, _KEEP_SECONDS]
    attempt("search_count", lambda client: client.eval(_COUNT, len(keys), *keys, *arguments))


def roll_up_searches() -> int:
    """Move the counts of today and yesterday into PostgreSQL and forget old days; return how many texts.

    What Redis holds is taken away first: a crash in between loses those counts rather than doubling them.
    """
    today = clock.today()
    moved = 0
    for day in (today - timedelta(days=1), today):
        taken = attempt("search_roll_up", lambda client, day=day: _take(client, day))  # type: ignore[misc]
        if taken:
            searches, found = taken
            _add(day, searches, found)
            moved += len(searches)
    SearchTerm.objects.filter(day__lt=today - timedelta(days=KEEP_DAYS)).delete()
    return moved


def _key(kind: str, day: date) -> str:
    return f"catalog:search:{kind}:{day.isoformat()}"


def _take(client: redis.Redis, day: date) -> tuple[dict[str, int], dict[str, int]]:
    """Read and delete a day's counts in one step."""
    pipe = client.pipeline(transaction=True)
    for kind in ("searches", "found"):
        pipe.hgetall(_key(kind, day))
        pipe.delete(_key(kind, day))
    searches, _deleted, found, _gone = pipe.execute()
    return _decoded(searches), _decoded(found)


def _decoded(counts: dict[bytes, bytes]) -> dict[str, int]:
    return {term.decode(): int(count) for term, count in counts.items()}


@in_transaction
def _add(day: date, searches: dict[str, int], found: dict[str, int]) -> None:
    terms = sorted(searches)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_searchterm AS term (day, term, searches, found)"
            " SELECT %s, fresh.term, fresh.searches, fresh.found"
            " FROM unnest(%s::text[], %s::int[], %s::int[]) AS fresh (term, searches, found)"
            " ON CONFLICT (day, term) DO UPDATE"
            " SET searches = term.searches + excluded.searches, found = term.found + excluded.found",
            [day, terms, [searches[term] for term in terms], [found.get(term, 0) for term in terms]],
        )
