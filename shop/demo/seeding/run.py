"""Seeding a shop: everything in one transaction, so that it happens whole or not at all."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction

from catalog.models import Category, Product, Store
from catalog.services.stock.levels import default_location
from catalog.services.taxonomy import create_category
from catalog.workbook.importing import KIND
from demo.source import load_categories
from orders.models import Order
from shop.core import clock
from shop.core.actors import Actor
from shop.core.models.sheets import SheetRun
from shop.demo.seeding import tables
from shop.demo.seeding.copying import Copier, SetAside, advance_sequences, roomy_session
from shop.demo.seeding.goods import load_shelves, plan_goods, write_goods, write_stock
from shop.demo.seeding.people import plan_people, write_people
from shop.demo.seeding.trade import Surroundings, Trade
from shop.payments.models import CashAccount

HISTORY = timedelta(days=365)
_ACTOR = Actor.system("seed_demo")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How many of what."""

    products: int
    members: int
    orders: int


class NotADemo(Exception):
    """The shop has orders or goods that are no demonstration."""


def refuse_real_shop() -> None:
    """Raise ``NotADemo`` unless the shop is empty or holds nothing but the demonstration goods."""
    if Order.objects.exists():
        raise NotADemo("This shop has orders.")
    loaded = SheetRun.objects.filter(kind=KIND, actor_kind="system", actor_label="load_demo").exists()
    if Product.objects.exists() and not loaded:
        raise NotADemo("This shop has goods that are not the demonstration's.")


def seed_shop(size: Size, *, seed: int, say: Say) -> dict[str, int]:
    """Make products, members and a year of their orders; return how many rows each table got.

    One transaction, in which indexes and keys of the tables are set aside: nobody else can use the shop
    meanwhile. Statistics are renewed afterwards.
    """
    with transaction.atomic():
        _make_shelves()
        with roomy_session():
            written = _seed(size, seed=seed, say=say)
    with connection.cursor() as cursor:
        for table in tables.COLUMNS:
            cursor.execute(f'ANALYZE "{table}"')
        cursor.execute("ANALYZE payments_cashaccount")
    return written


def _make_shelves() -> None:
    if Category.objects.exists():
        return
    tops: dict[str, int] = {}
    for category in load_categories():
        top, leaf = category.path.split("/")
        if top not in tops:
            tops[top] = create_category(actor=_ACTOR, name=top).pk
        create_category(actor=_ACTOR, name=leaf, parent_id=tops[top])


def _seed(size: Size, *, seed: int, say: Say) -> dict[str, int]:
    # The highest order is part of the seed: a second helping has other numbers.
    newest = Order.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rng = random.Random(f"{seed}:{newest}")  # noqa: S311  not for secrets
    now = clock.now()
    opened = now - HISTORY
    shelves, location = load_shelves(), default_location()
    account, _made = CashAccount.objects.get_or_create(mchid=settings.WECHATPAY_MCHID or "1900000001")
    store = Store.objects.order_by("pk").first()
    aside = SetAside(tables.COLUMNS)
    copier = Copier(tables.COLUMNS)
    say(f"Thinking out {size.products} products and {size.members} members")
    goods = plan_goods(size.products, rng=rng, pictures=shelves.pictures)
    people = plan_people(size.members, rng=rng)
    around = Surroundings(location.pk, store.pk if store else None, account.pk, account.mchid)
    trade = Trade(goods, people, copier, rng=rng, around=around, balance=account.balance, now=now)
    say(f"Playing {size.orders} orders")
    trade.stock_up(opened)
    trade.play(size.orders, opened=opened)
    say("Writing products and members")
    write_goods(goods, shelves, copier, rng=rng, opened=opened, now=now)
    write_people(people, copier, rng=rng, opened=opened, now=now)
    copier.finish()
    CashAccount.objects.filter(pk=account.pk).update(balance=trade.balance)
    say("Building indexes")
    aside.restore_indexes()
    write_stock(goods, copier, location_id=location.pk, now=now)
    copier.finish()
    say("Checking keys")
    aside.restore_keys()
    advance_sequences(table for table in tables.COLUMNS if table not in tables.WITHOUT_ID)
    return copier.written
