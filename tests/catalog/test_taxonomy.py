"""Categories, brands and tags; the default location and freight template."""

import pytest

from catalog.errors import CategoryInUse
from catalog.models import Brand, Category, FreightTemplate, Location, Product, Stock, Tag
from catalog.services.places import set_default_freight, set_default_location, sync_places
from catalog.services.taxonomy import (
    create_category,
    delete_category,
    move_category,
    rename_brand,
    rename_tag,
    update_category,
)
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.models import AuditEntry
from tests.catalog.factories import SYSTEM, make_product, make_warehouse

pytestmark = pytest.mark.django_db


def create(name, parent=None, **fields):
    return create_category(actor=SYSTEM, name=name, parent_id=parent.pk if parent else None, **fields)


def tree():
    return [(category.name, category.depth) for category in Category.objects.order_by("path")]


def test_categories_are_added_moved_and_deleted():
    food, clothes = create("食品"), create("服装")
    tea = create(" 茶叶 ", food, is_visible=False, warning_level=5)
    green = create("绿茶", tea)
    assert tree() == [("食品", 1), ("茶叶", 2), ("绿茶", 3), ("服装", 1)]
    move_category(actor=SYSTEM, category_id=tea.pk, target_id=clothes.pk, position="right")
    assert tree() == [("食品", 1), ("服装", 1), ("茶叶", 1), ("绿茶", 2)]
    with pytest.raises(CategoryInUse):
        delete_category(actor=SYSTEM, category_id=tea.pk)
    delete_category(actor=SYSTEM, category_id=green.pk)
    delete_category(actor=SYSTEM, category_id=tea.pk)
    assert tree() == [("食品", 1), ("服装", 1)]
    assert AuditEntry.objects.filter(action="catalog.edit_taxonomy").count() == 7


def test_what_a_category_refuses():
    top = create("甲")
    leaf = create("丁", create("丙", create("乙", top)))
    for name, parent in (("", None), ("x" * 61, None), ("a\x00", None), ("戊", leaf)):
        with pytest.raises(InvalidInput):
            create(name, parent)
    with pytest.raises(NotFound):
        create_category(actor=SYSTEM, name="a", parent_id=987654321)
    with pytest.raises(TypeError):
        create("a", colour="red")
    other = create("己")
    for category, target, position in (
        (top, leaf, "first-child"),
        (top, top, "left"),
        (top, other, "last-child"),
        (other, top, "inside"),
    ):
        with pytest.raises(InvalidInput):
            move_category(actor=SYSTEM, category_id=category.pk, target_id=target.pk, position=position)
    make_product(category_id=leaf.pk)
    with pytest.raises(CategoryInUse):
        delete_category(actor=SYSTEM, category_id=leaf.pk)
    assert tree() == [("甲", 1), ("乙", 2), ("丙", 3), ("丁", 4), ("己", 1)]


def test_new_levels_and_moves_are_in_force_at_once():
    first, second = create("甲", warning_level=7), create("乙", safety_level=2)
    leaf = create("丙", first)
    stock = Stock.objects.get(sku=make_product(category_id=leaf.pk).skus.get())
    assert (stock.warning_at, stock.safety_at) == (7, 0)
    update_category(actor=SYSTEM, category_id=first.pk, warning_level=9)
    stock.refresh_from_db()
    assert stock.warning_at == 9
    move_category(actor=SYSTEM, category_id=leaf.pk, target_id=second.pk, position="first-child")
    stock.refresh_from_db()
    assert (stock.warning_at, stock.safety_at) == (10, 2)


def test_only_what_changed_is_written():
    category = create("甲")
    entries = AuditEntry.objects.count()
    update_category(actor=SYSTEM, category_id=category.pk, name="甲", is_visible=True)
    assert AuditEntry.objects.count() == entries
    product = make_product(category_id=category.pk)
    assert update_category(actor=SYSTEM, category_id=category.pk, is_visible=False).is_visible is False
    product.refresh_from_db()
    assert product.search_is_stale is False
    entry = AuditEntry.objects.latest("pk")
    assert (entry.before, entry.after) == ({"is_visible": True}, {"is_visible": False})


def test_renaming_brands_and_tags():
    brand, tag = Brand.objects.create(name="甲"), Tag.objects.create(name="乙")
    Brand.objects.create(name="丙")
    product = make_product(brand_id=brand.pk, tag_ids=(tag.pk,))
    for name in ("", "丙", "x" * 61):
        with pytest.raises(InvalidInput):
            rename_brand(actor=SYSTEM, brand_id=brand.pk, name=name)
    with pytest.raises(InvalidInput):
        rename_tag(actor=SYSTEM, tag_id=tag.pk, name="x" * 21)
    assert rename_brand(actor=SYSTEM, brand_id=brand.pk, name="甲").name == "甲"
    assert not Product.objects.get(pk=product.pk).search_is_stale
    assert rename_tag(actor=SYSTEM, tag_id=tag.pk, name="丙").name == "丙"
    assert Product.objects.get(pk=product.pk).search_is_stale
    with pytest.raises(NotFound):
        rename_brand(actor=SYSTEM, brand_id=987654321, name="x")


def test_members_edit_nothing():
    category, brand, tag = create("甲"), Brand.objects.create(name="甲"), Tag.objects.create(name="乙")
    place = make_warehouse()
    member = Actor.member(1)
    for action, arguments in (
        (create_category, {"name": "x"}),
        (update_category, {"category_id": category.pk, "name": "x"}),
        (move_category, {"category_id": category.pk, "target_id": category.pk, "position": "left"}),
        (delete_category, {"category_id": category.pk}),
        (rename_brand, {"brand_id": brand.pk, "name": "x"}),
        (rename_tag, {"tag_id": tag.pk, "name": "x"}),
        (set_default_location, {"location_id": place.pk}),
        (set_default_freight, {"template_id": 1}),
    ):
        with pytest.raises(Forbidden):
            action(actor=member, **arguments)
    assert tree() == [("甲", 1)]


def test_a_new_shop_gets_a_default_location_and_freight_template_once():
    assert sync_places() != sync_places()
    assert (Location.objects.filter(is_default=True).count(), Location.objects.count()) == (1, 1)
    assert FreightTemplate.objects.get().is_default
    FreightTemplate.objects.update(is_default=False)
    sync_places()
    assert FreightTemplate.objects.count() == 2


def test_the_default_moves_and_there_is_always_one():
    old = make_warehouse()
    new = Location.objects.create(name="二号仓")
    assert set_default_location(actor=SYSTEM, location_id=new.pk).is_default
    assert set_default_location(actor=SYSTEM, location_id=new.pk).is_default
    old.refresh_from_db()
    assert old.is_default is False
    entry = AuditEntry.objects.get(action="catalog.edit_places")
    assert (entry.before, entry.after) == ({"default": [old.pk]}, {"default": [new.pk]})
    with pytest.raises(NotFound):
        set_default_location(actor=SYSTEM, location_id=987654321)
    template = FreightTemplate.objects.create(name="a", flat_fee=0)
    assert set_default_freight(actor=SYSTEM, template_id=template.pk).is_default
