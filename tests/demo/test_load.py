"""``load_demo``: a fresh shop gets its goods once."""

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from catalog.models import Brand, Category, Location, Media, Product, Sku, Stock, StockMovement, Store
from catalog.queries import ProductFilters, list_ids, list_products
from catalog.queries.home import home_sections
from demo.source import load_products
from members.cards.models import MemberCardPeriod
from members.models import Address, Agreement, Member
from members.points.models import GrowthEntry, MallGoods, PointsAccount, PointsEntry
from members.points.queries import points_balance
from members.tiers.models import MemberTier
from members.wallet.models import WalletGiftEntry
from members.wallet.queries import balance_of
from shop.core import clock
from shop.core.models.sheets import SheetRun
from shop.demo import loading
from tests.catalog.factories import make_product

pytestmark = [pytest.mark.lasts(30), pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


def load() -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def counts() -> tuple[int, ...]:
    goods = (Product, Sku, Media, Stock, StockMovement, Brand, Category, Store)
    models = (*goods, Member, Address, Agreement, PointsEntry, GrowthEntry, WalletGiftEntry, MallGoods)
    return tuple(model.objects.count() for model in models)


def test_the_demo_shop_is_loaded_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOP_ADMIN_PASSWORD", "chosen-password-1")
    call_command("sync_shop", stdout=io.StringIO())
    load()
    sources = list(load_products())
    assert Product.objects.filter(state="on_sale").count() == len(sources)
    assert Sku.objects.count() == sum(len(product.skus) for product in sources)
    assert Location.objects.filter(kind="store").count() == Store.objects.count() == 3
    assert Product.objects.filter(freight_template__name="生鲜冷链").count() >= 20
    assert (Member.objects.count(), Address.objects.count()) == (2, 3)
    lists = {1: (list_products(ProductFilters()), 20), 2: (list_products(ProductFilters(q="龙井")), 20)}
    first, found = list_ids(lists).values()
    stocks = Stock.objects.filter(sku__product__in=first, location__is_default=True)
    assert sum(5 <= stock.available <= 100 for stock in stocks) >= 10
    assert sum(stock.available >= 500 for stock in stocks) >= 10
    assert found
    media = Media.objects.order_by("pk").first()
    assert media is not None
    assert default_storage.exists(str(media.file.name))
    assert not Product.objects.filter(cover=None).exists()
    home = home_sections(clock.now())
    assert [section.kind for section in home] == ["banners", "shortcuts", "products", "products", "products"]
    check_histories()
    books = ("stock", "ledgers", "wallet", "points", "cards", "rewards")
    for audit in (f"audit_{name}" for name in books):
        call_command(audit, stdout=io.StringIO())
    before = counts()
    load()
    assert counts() == before


def check_histories() -> None:
    """The first shopper has a tier, a card, points, growth and gift money; the second a little."""
    first, second = Member.objects.order_by("pk")
    assert tier_of(first.pk) == "银卡会员"
    assert MemberCardPeriod.objects.get().member_id == first.pk
    # 1,200 given, 100 for signing up, 50 for the profile, 3 x 20 for reviews, 5 + 1 for the check-in
    assert points_balance(first.pk) == 1_416
    assert PointsAccount.objects.get(pk=second.pk).balance == 104
    assert balance_of(second.pk).total == 1_000
    assert MallGoods.objects.count() == 2


def tier_of(member_id: int) -> str:
    return str(MemberTier.objects.get(member=member_id).tier.name)


def test_a_shop_with_goods_of_its_own_is_left_alone():
    make_product()
    assert "left alone" in loading.load_goods()
    assert Product.objects.count() == 1
    assert not SheetRun.objects.exists()


def test_an_import_that_was_interrupted_goes_on(monkeypatch: pytest.MonkeyPatch):
    call_command("sync_shop", stdout=io.StringIO())
    monkeypatch.setattr(loading, "store_pictures", lambda: 0)
    worked: list[int] = []

    def dies(run_id: int) -> Any:
        worked.append(run_id)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loading, "work_to_the_end", dies)
        with pytest.raises(KeyboardInterrupt):
            loading.load_goods()
    (run,) = SheetRun.objects.all()
    assert worked == [run.pk]
    assert run.state == SheetRun.State.UPLOADED
    monkeypatch.undo()
    loading.store_pictures()
    assert loading.load_goods().startswith("1")
    assert SheetRun.objects.get().state == SheetRun.State.DONE
