"""Storefront reads against the least that Django can do, in one run.

    python -m shop.embedded exec -- python bench/reads.py [--products 1000] [--seconds 10]

Without ``DATABASE_URL`` and ``REDIS_URL`` both are throw-away; a database with fewer products is filled.
"""

import argparse
import io
import json
import os
import random
import sys
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
os.environ["SHOP_THROTTLE_SCALE"] = "100000"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench.goods import fill  # noqa: E402
from bench.measuring import Call, Figures, Server  # noqa: E402
from catalog.models import Brand, Category, Product, Sku, Tag  # noqa: E402
from members.models import Member  # noqa: E402
from shop.core import clock  # noqa: E402
from shop.core.auth import open_session  # noqa: E402

URLS = 1000
WRITES = 0.01
MEMBERS = 50


def list_urls() -> list[str]:
    """Return 1,000 different list pages, as shoppers ask them: categories, tags, brands, searches, sorts."""
    pages: list[dict[str, object]] = [
        {"sort": sort} for sort in ("default", "sales", "price", "-price", "new")
    ]
    for name, ids in (
        ("category", Category.objects.values_list("id", flat=True)),
        ("brand", Brand.objects.values_list("id", flat=True)),
        ("tag", Tag.objects.values_list("id", flat=True)),
    ):
        for pk in ids.order_by("id")[:15]:
            pages += [
                {name: pk, **more}
                for more in ({}, {"sort": "sales"}, {"sort": "price"}, {"in_stock": "true"})
            ]
    price = 1000
    while len(pages) < URLS:
        pages += [
            {"min_price": price, "max_price": price + 2000, "sort": sort} for sort in ("default", "price")
        ]
        price += 7
    return [f"/api/v1/products?{urlencode(page)}" for page in pages[:URLS]]


def zipf(urls: list[str], tokens: list[str], *, draws: int = 40_000, writes: float = WRITES) -> list[Call]:
    """Return a load: Zipf over the URLs, and ``writes`` of the calls put something into a cart."""
    chance = random.Random(7)
    skus = list(Sku.objects.filter(is_active=True).values_list("id", flat=True)[:500])
    writers = tokens or [token_of(member) for member in members(MEMBERS)]
    weights = [1 / (rank + 1) for rank in range(len(urls))]
    calls = []
    for path in chance.choices(urls, weights, k=draws):
        if chance.random() < writes:
            body = json.dumps({"sku": chance.choice(skus), "quantity": 1})
            calls.append(Call("POST", "/api/v1/cart/items", chance.choice(writers), body))
        else:
            calls.append(Call("GET", path, chance.choice(tokens) if tokens else ""))
    return calls


def misses(*, start: int, draws: int = 60_000) -> list[Call]:
    """Return pages that nobody has asked before."""
    return [Call("GET", f"/api/v1/products?min_price={start + number}&sort=sales") for number in range(draws)]


def members(count: int) -> list[Member]:
    """Return new members."""
    now = clock.now()
    return Member.objects.bulk_create(Member(created_at=now, last_seen_at=now) for _number in range(count))


def token_of(member: Member) -> str:
    """Return an access token."""
    return open_session(member_id=member.pk).access


def report(name: str, figures: Figures, yardstick: Figures) -> None:
    """Print one line."""
    print(
        f"| {name} | {figures.rate:.0f} | {figures.rate / yardstick.rate:.2f} | {figures.web_ms:.2f}"
        f" | {figures.helper_ms:.2f} | {figures.p50_ms:.1f} | {figures.p99_ms:.1f} | {figures.refused} |",
        flush=True,
    )


def main() -> None:
    """Fill, start both servers, measure in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument(
        "--threads", type=int, default=4, help="blocking threads per worker, as in production"
    )
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    call_command("sync_shop", verbosity=0, stdout=io.StringIO())
    if Product.objects.filter(state=Product.State.ON_SALE).count() < options.products:
        fill(options.products)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    loads = prepare()
    bare = Server(
        "app:application", cwd=ROOT / "bench" / "yardstick", threads=options.threads, probe="/plain"
    )
    shop = Server("shop.wsgi:application", cwd=ROOT, threads=options.threads, probe="/healthz")
    try:
        shop.warm(list_urls()[:200])
        columns = ("load", "req/s", "of the yardstick", "web CPU ms", "PostgreSQL+Redis CPU ms", "p50 ms")
        print(f"| {' | '.join((*columns, 'p99 ms', 'refused'))} |\n{'| --- ' * 8}|", flush=True)
        for _round in range(options.rounds):
            yardstick = bare.run([Call("GET", "/plain")], seconds=options.seconds)
            report("bare Django view", yardstick, yardstick)
            for name, calls in loads.items():
                report(name, shop.run(calls, seconds=options.seconds), yardstick)
            report("misses", shop.run(misses(start=_round * 60_000), seconds=options.seconds), yardstick)
    finally:
        shop.stop()
        bare.stop()


def prepare() -> dict[str, list[Call]]:
    """Return the loads by name."""
    urls = list_urls()
    tokens = [token_of(member) for member in members(MEMBERS)]
    product = Product.objects.filter(state=Product.State.ON_SALE).values_list("id", flat=True)[0]
    return {
        "list, one page": [Call("GET", urls[0])],
        "list, Zipf, anonymous, 1 % writes": zipf(urls, []),
        "list, Zipf, logged in, 1 % writes": zipf(urls, tokens),
        "product page": [Call("GET", f"/api/v1/products/{product}")],
    }


if __name__ == "__main__":
    main()
