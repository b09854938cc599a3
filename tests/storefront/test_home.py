"""The home page: sections in the merchant's order, filled with goods, and the services that write them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Category, HomeItem, HomeSection, Product, Tag
from catalog.queries.home import home_sections
from catalog.rules.home import HomeItemFields, HomeSectionFields
from catalog.services import home as service
from catalog.services.products import set_product_state
from shop.core import clock, redis
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.models import AuditEntry
from shop.storefront import cache
from tests.catalog.factories import SYSTEM, make_category, make_picture, make_product
from tests.storefront.conftest import Get
from tests.storefront.sections import banner, make_section

pytestmark = pytest.mark.django_db


def fresh(get: Get) -> list[dict[str, Any]]:
    redis.client().flushdb()
    cache.forget_near()
    sections: list[dict[str, Any]] = get("/home")["sections"]
    return sections


def picked(*products: Product, **changes: Any) -> HomeSection:
    items = [HomeItemFields(product_id=product.pk) for product in products]
    return make_section("products", items=items, **changes)


def refused(fields: HomeSectionFields) -> list[tuple[str, str]]:
    before = (HomeSection.objects.count(), HomeItem.objects.count(), AuditEntry.objects.count())
    with pytest.raises(InvalidInput) as refusal:
        service.save_home_section(actor=SYSTEM, fields=fields)
    assert (HomeSection.objects.count(), HomeItem.objects.count(), AuditEntry.objects.count()) == before
    return [(error.field, error.code) for error in refusal.value.errors]


def test_an_empty_home_page(get: Get):
    assert get("/home") == {"sections": []}


def test_banners_shortcuts_and_notices_with_their_links(get: Get):
    product, category = make_product(), make_category("茶")
    picture = make_picture(renditions={"400": "a_400.webp", "800": "a_800.webp"})
    banners = make_section(
        items=[
            banner(media_id=picture.pk, link="product", product_id=product.pk),
            banner(title="", link="path", path="/pages/sale/index?id=1"),
        ]
    )
    shortcuts = make_section(
        "shortcuts",
        items=[banner(media_id=picture.pk, title="茶", link="category", category_id=category.pk)],
    )
    notices = make_section("notices", title="公告", items=[HomeItemFields(title="全场包邮")])
    found = fresh(get)
    assert [section["id"] for section in found] == [banners.pk, shortcuts.pk, notices.pk]
    assert found[0]["items"][0] == {
        "title": "春茶上市",
        "image": "/media/a_800.webp",
        "link": {"kind": "product", "id": product.pk, "path": ""},
    }
    assert found[0]["items"][1]["link"] == {"kind": "path", "id": None, "path": "/pages/sale/index?id=1"}
    assert found[1]["items"][0]["image"] == "/media/a_400.webp"
    assert found[1]["items"][0]["link"] == {"kind": "category", "id": category.pk, "path": ""}
    assert found[2] == {
        "id": notices.pk,
        "kind": "notices",
        "title": "公告",
        "items": [{"title": "全场包邮", "image": "", "link": {"kind": "none", "id": None, "path": ""}}],
        "products": [],
        "more": None,
    }


def test_groups_by_hand_category_tag_and_rule(get: Get):
    tea = make_category("茶")
    green = make_category("绿茶", parent=tea)
    tag = Tag.objects.create(name="热卖")
    made = [
        make_product(title=title, category_id=category, tag_ids=tags)
        for title, category, tags in (("甲", tea.pk, ()), ("乙", green.pk, (tag.pk,)), ("丙", None, ()))
    ]
    for product, sales in zip(made, (5, 1, 9), strict=True):
        Product.objects.filter(pk=product.pk).update(sales=sales)
    picked(made[2], made[0], title="精选")
    for changes in (
        {"source": "category", "category_id": tea.pk},
        {"source": "tag", "tag_id": tag.pk},
        {"source": "sales", "limit": 2},
        {"source": "new", "limit": 2},
    ):
        make_section("products", **changes)
    groups = [("".join(card["title"] for card in one["products"]), one["more"]) for one in fresh(get)]
    assert groups == [
        ("丙甲", None),
        ("乙甲", f"/api/v1/products?category={tea.pk}"),
        ("乙", f"/api/v1/products?tag={tag.pk}"),
        ("丙甲", "/api/v1/products?sort=sales"),
        ("丙乙", "/api/v1/products?sort=new"),
    ]


def test_what_is_off_sale_hidden_or_out_of_its_time_is_not_shown(get: Get):
    product, category = make_product(), make_category()
    picked(product)
    item = {"link": "category", "category_id": category.pk}
    linked = make_section(items=[banner(link="product", product_id=product.pk), banner(**item)])
    now = clock.now()
    make_section(is_visible=False)
    make_section(starts_at=now + timedelta(hours=1))
    make_section(ends_at=now - timedelta(hours=1))
    within = make_section(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    set_product_state(actor=SYSTEM, product_id=product.pk, state="off_sale")
    Category.objects.filter(pk=category.pk).update(is_visible=False)
    found = fresh(get)
    assert [section["id"] for section in found] == [linked.pk, within.pk]
    assert [one["link"]["kind"] for one in found[0]["items"]] == ["none", "none"]
    assert len(home_sections(now + timedelta(hours=2))) == 3


def test_a_deleted_category_leaves_an_empty_group_and_a_link_to_nowhere(get: Get):
    category = make_category()
    make_section("products", source="category", category_id=category.pk)
    make_section(items=[banner(link="category", category_id=category.pk)])
    Category.objects.get(pk=category.pk).delete()
    found = fresh(get)
    assert [(one["kind"], one["items"][0]["link"]["kind"]) for one in found] == [("banners", "none")]


def test_queries_grow_neither_with_products_nor_with_sections(client: Client, django_assert_num_queries: Any):
    tag = Tag.objects.create(name="热卖")
    for rows in (5, 20):
        category = make_category()
        goods = [make_product(category_id=category.pk, tag_ids=(tag.pk,)) for _number in range(rows)]
        picked(*goods[:20], limit=20)
        make_section("products", source="category", category_id=category.pk, limit=30)
        make_section("products", source="tag", tag_id=tag.pk, limit=30)
        make_section("products", source="sales", limit=30)
        make_section(items=[banner() for _number in range(5)])
        redis.client().flushdb()
        cache.forget_near()
        with django_assert_num_queries(5):
            assert client.get("/api/v1/home").status_code == 200


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"kind": "video"}, [("kind", "invalid_choice")]),
        ({"kind": "banners", "title": "茶" * 41}, [("title", "max_length")]),
        ({"kind": "notices", "items": [HomeItemFields()]}, [("items.0.title", "required")]),
        ({"kind": "banners", "items": [HomeItemFields(title="x")]}, [("items.0.image", "required")]),
        ({"kind": "banners", "items": [HomeItemFields(media_id=987654)]}, [("items.0.image", "invalid")]),
        ({"kind": "products", "items": [HomeItemFields()]}, [("items.0.product", "required")]),
        ({"kind": "products", "items": [HomeItemFields(product_id=99)]}, [("items.0.product", "unknown")]),
        ({"kind": "products", "source": "random"}, [("source", "invalid_choice")]),
        ({"kind": "products", "source": "category"}, [("category", "required")]),
        ({"kind": "products", "source": "category", "category_id": 99}, [("category", "unknown")]),
        ({"kind": "products", "source": "tag"}, [("tag", "required")]),
        ({"kind": "products", "source": "tag", "tag_id": 99}, [("tag", "unknown")]),
        ({"kind": "products", "source": "new", "limit": 31}, [("limit", "out_of_range")]),
        (
            {"kind": "notices", "items": [HomeItemFields(title="x")] * 11},
            [("items", "max_length")],
        ),
        (
            {"kind": "notices", "items": [HomeItemFields(title="x" * 61, link="web")]},
            [("items.0.title", "max_length"), ("items.0.link", "invalid_choice")],
        ),
        (
            {"kind": "notices", "items": [HomeItemFields(title="x", link="product")]},
            [("items.0.product", "required")],
        ),
        (
            {"kind": "notices", "items": [HomeItemFields(title="x", link="category")]},
            [("items.0.category", "required")],
        ),
        (
            {"kind": "notices", "items": [HomeItemFields(title="x", link="category", category_id=99)]},
            [("items.0.category", "unknown")],
        ),
        *(
            (
                {"kind": "notices", "items": [HomeItemFields(title="x", link="path", path=path)]},
                [("items.0.path", "invalid")],
            )
            for path in ("", "pages/sale", "https://evil.example/", "/a b", "/" + "x" * 200)
        ),
    ],
)
def test_what_makes_no_section_is_refused_whole(fields: dict[str, Any], errors: Any):
    assert refused(HomeSectionFields(**fields)) == errors


def test_an_end_before_the_beginning_is_refused():
    now = clock.now()
    assert refused(HomeSectionFields(kind="products", starts_at=now, ends_at=now)) == [
        ("ends_at", "out_of_range")
    ]


def test_editing_keeps_the_picture_and_says_what_changed():
    section = make_section(items=[banner(title="旧"), banner(title="去掉")])
    first = section.items.get(title="旧")
    fields = HomeSectionFields(kind="banners", items=[HomeItemFields(id=first.pk, title="新")])
    service.save_home_section(actor=SYSTEM, section_id=section.pk, fields=fields)
    item = section.items.get()
    assert (item.title, item.image.name) == ("新", first.image.name)
    entry = AuditEntry.objects.filter(action="catalog.edit_home").latest("id")
    assert [row["title"] for row in entry.before["items"]] == ["旧", "去掉"]
    assert [row["title"] for row in entry.after["items"]] == ["新"]


def test_what_does_not_belong_to_the_kind_is_dropped():
    category = make_category()
    section = make_section(source="category", category_id=category.pk)
    assert (section.source, section.category_id) == ("picked", None)
    group = make_section("products", source="new", items=[HomeItemFields(product_id=make_product().pk)])
    assert group.items.count() == 0


def test_moving_showing_hiding_deleting():
    made = [make_section(title=title) for title in "甲乙丙"]
    service.move_home_section(actor=SYSTEM, section_id=made[2].pk, steps=-1)
    service.move_home_section(actor=SYSTEM, section_id=made[0].pk, steps=-1)
    service.move_home_section(actor=SYSTEM, section_id=made[0].pk, steps=99)
    assert [one.title for one in HomeSection.objects.all()] == ["丙", "乙", "甲"]
    service.show_home_section(actor=SYSTEM, section_id=made[1].pk, is_visible=False)
    service.delete_home_section(actor=SYSTEM, section_id=made[2].pk)
    assert [(one.title, one.is_visible) for one in HomeSection.objects.all()] == [("乙", False), ("甲", True)]
    assert HomeItem.objects.count() == 2
    for act in (
        lambda: service.move_home_section(actor=SYSTEM, section_id=made[2].pk, steps=1),
        lambda: service.show_home_section(actor=SYSTEM, section_id=made[2].pk, is_visible=True),
        lambda: service.delete_home_section(actor=SYSTEM, section_id=made[2].pk),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_page_holds_thirty_sections():
    for _number in range(service.MOST_SECTIONS):
        make_section("notices", items=[HomeItemFields(title="x")])
    assert refused(HomeSectionFields(kind="notices")) == [("kind", "too_many")]


def test_only_who_may_edit_the_home_page_does():
    section = make_section()
    actor = Actor.staff(User.objects.create_user("clerk", is_staff=True))
    for act in (
        lambda: service.save_home_section(actor=actor, fields=HomeSectionFields(kind="notices")),
        lambda: service.move_home_section(actor=actor, section_id=section.pk, steps=1),
        lambda: service.show_home_section(actor=actor, section_id=section.pk, is_visible=False),
        lambda: service.delete_home_section(actor=actor, section_id=section.pk),
    ):
        with pytest.raises(Forbidden):
            act()
    assert HomeSection.objects.get().is_visible
