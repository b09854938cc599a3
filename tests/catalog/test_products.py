"""Creating and editing products with their SKUs, as the editor and the import do."""

import dataclasses
from datetime import timedelta

import pytest
from django.db import IntegrityError

from catalog.errors import MarketPriceUnproven, ProductDeleted
from catalog.models import PriceChange, Product, Sku, Stock
from catalog.rules.products import ProductFields, SkuFields
from catalog.services.products import (
    create_product,
    delete_product,
    product_fields,
    sku_fields,
    update_product,
)
from shop.core import clock
from shop.core.access import role_group, sync_roles
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.models import AuditEntry, OutboxEvent
from shop.core.permissions import Role
from tests.catalog.factories import (
    SYSTEM,
    make_category,
    make_freight,
    make_picture,
    make_product,
    make_warehouse,
)

pytestmark = pytest.mark.django_db

SHIRT = (
    SkuFields("T-WL", 5900, {"颜色": "白", "尺码": "L"}, barcode="6901028075831", cost=2000),
    SkuFields("T-WM", 5500, {"颜色": "白", "尺码": "M"}),
    SkuFields("T-BL", 6900, {"颜色": "黑", "尺码": "L"}, is_active=False),
)


@pytest.fixture
def shirt():
    return make_product(skus=SHIRT, spec_names=("颜色", "尺码"), title=" 纯棉短袖T恤 ", stock=0)


def fields_for(**changes):
    make_warehouse()
    make_freight()
    return ProductFields(**{"title": "茶杯", "category_id": make_category().pk, **changes})


def errors_of(**changes):
    skus = changes.pop("skus", [SkuFields("C-1", 100)])
    with pytest.raises(InvalidInput) as refused:
        create_product(actor=SYSTEM, fields=fields_for(**changes), skus=skus)
    assert not Product.objects.exists()
    return [(error.field, error.code) for error in refused.value.errors]


def codes(product, **filters):
    return list(Sku.objects.filter(product=product, **filters).values_list("code", flat=True))


def test_a_new_product_has_skus_prices_stock_rows_and_what_lists_need(shirt):
    shirt.refresh_from_db()
    assert (shirt.title, shirt.spec_names) == ("纯棉短袖T恤", ["颜色", "尺码"])
    assert (shirt.min_price, shirt.max_price, shirt.market_price) == (5500, 5900, None)
    assert shirt.cover == shirt.media.get()
    assert codes(shirt) == ["T-WL", "T-WM", "T-BL"]
    assert Stock.objects.filter(sku__product=shirt, on_hand=0).count() == 3
    history = PriceChange.objects.filter(sku__product=shirt).order_by("pk")
    assert list(history.values_list("price", "actor_key")) == [
        (5900, "system:tests"),
        (5500, "system:tests"),
        (6900, "system:tests"),
    ]
    entry = AuditEntry.objects.get(action="catalog.edit_product", subject_id=str(shirt.pk))
    assert entry.after["skus"] == {"T-WL": [5900, None, 2000], "T-WM": [5500, None, None]}


def test_detail_html_keeps_only_what_is_harmless():
    detail = (
        '<p style="text-align:center;position:fixed" onclick="x()">好<script>alert(1)</script>'
        '<img src="https://cdn.example.com/a.jpg" onerror="x()"><img src="javascript:x()">'
        '<a href="http://a.example">链</a><iframe src="https://e.example"></iframe></p><!-- c -->'
    )
    product = make_product(detail=detail)
    assert product.detail == (
        '<p style="text-align:center">好<img src="https://cdn.example.com/a.jpg"><img>'
        '<a rel="noopener nofollow">链</a></p>'
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "  "}, ("title", "invalid")),
        ({"title": "x" * 121}, ("title", "invalid")),
        ({"title": "a\x00b"}, ("title", "null_characters_not_allowed")),
        ({"subtitle": "x" * 201}, ("subtitle", "max_length")),
        ({"detail": "x" * 200_001}, ("detail", "max_length")),
        ({"min_quantity": 0}, ("min_quantity", "out_of_range")),
        ({"min_quantity": 3, "limit_per_order": 2}, ("limit_per_order", "out_of_range")),
        ({"limit_per_member": 0}, ("limit_per_member", "out_of_range")),
        ({"attributes": {"": "棉"}}, ("attributes", "invalid")),
        ({"attributes": {"材质": " "}}, ("attributes.材质", "invalid")),
        ({"attributes": {str(n): "x" for n in range(51)}}, ("attributes", "too_many")),
        (
            {"spec_names": ("色", "色"), "skus": [SkuFields("C-1", 1, {"色": "白"})]},
            ("spec_names", "invalid"),
        ),
        ({"spec_names": ("",), "skus": [SkuFields("C-1", 1, {"": "x"})]}, ("spec_names", "invalid")),
        ({"skus": []}, ("skus", "invalid")),
        ({"skus": [SkuFields("C-1", 1, {"色": "白"})]}, ("skus.0.spec", "mismatch")),
        ({"spec_names": ("色",), "skus": [SkuFields("C-1", 1, {"色": ""})]}, ("skus.0.spec", "invalid")),
        ({"skus": [SkuFields("C-1", 1), SkuFields("C-2", 1)]}, ("skus.1.spec", "duplicate")),
        ({"skus": [SkuFields("a b", 1)]}, ("skus.0.code", "invalid")),
        ({"skus": [SkuFields("C-1", 0)]}, ("skus.0.price", "out_of_range")),
        ({"skus": [SkuFields("C-1", 100, market_price=99)]}, ("skus.0.market_price", "below_price")),
        ({"skus": [SkuFields("C-1", 100, cost=-1)]}, ("skus.0.cost", "out_of_range")),
        ({"skus": [SkuFields("C-1", 100, weight_g=-1)]}, ("skus.0.weight_g", "out_of_range")),
        ({"skus": [SkuFields("C-1", 1, barcode="6901028075832")]}, ("skus.0.barcode", "invalid_gtin")),
        ({"skus": [SkuFields("C-1", 1, image_id=987654321)]}, ("media", "unknown")),
        ({"category_id": 987654321}, ("category", "unknown")),
        ({"brand_id": 987654321}, ("brand", "unknown")),
        ({"tag_ids": (987654321,)}, ("tags", "unknown")),
        ({"promise_ids": (987654321,)}, ("promises", "unknown")),
        ({"freight_template_id": 987654321}, ("freight_template", "unknown")),
        ({"media_ids": (987654321,)}, ("media", "unknown")),
    ],
)
def test_each_mistake_is_named_and_nothing_is_written(changes, expected):
    assert errors_of(**changes) == [expected]


def test_every_mistake_is_named_at_once():
    skus = [SkuFields("C-1", 0, {"色": "白"}), SkuFields("C-1", 1, {"色": "黑"})]
    assert errors_of(title="", spec_names=("色",), skus=skus) == [
        ("title", "invalid"),
        ("skus.1.code", "duplicate"),
        ("skus.0.price", "out_of_range"),
    ]


def test_off_sale_comes_after_on_sale():
    now = clock.now()
    assert errors_of(on_sale_at=now, off_sale_at=now) == [("off_sale_at", "not_after")]


def test_a_code_of_another_product_is_taken(shirt):
    with pytest.raises(InvalidInput) as refused:
        create_product(actor=SYSTEM, fields=fields_for(), skus=[SkuFields("T-WM", 100)])
    assert [(error.field, error.code) for error in refused.value.errors] == [("skus.0.code", "taken")]


def test_a_code_taken_between_check_and_write_is_a_mistake_not_an_error(shirt, monkeypatch):
    from catalog.services.products import editing

    monkeypatch.setattr(editing, "_refuse_mistakes", lambda *args, **kwargs: None)
    with pytest.raises(InvalidInput) as refused:
        create_product(actor=SYSTEM, fields=fields_for(), skus=[SkuFields("T-WM", 100)])
    assert [(error.field, error.code) for error in refused.value.errors] == [("skus", "taken")]


def test_other_broken_rules_are_not_mistaken_for_a_taken_code(monkeypatch):
    from catalog.services.products import editing

    monkeypatch.setattr(editing, "_refuse_mistakes", lambda *args, **kwargs: None)
    with pytest.raises(IntegrityError):
        create_product(actor=SYSTEM, fields=fields_for(), skus=[SkuFields("C-1", 0)])


def test_a_picture_of_another_product_cannot_be_taken(shirt):
    picture = shirt.media.get()
    with pytest.raises(InvalidInput):
        create_product(actor=SYSTEM, fields=fields_for(media_ids=(picture.pk,)), skus=[SkuFields("C-1", 100)])


def test_what_is_read_can_be_written_back_and_changes_nothing(shirt):
    before = OutboxEvent.objects.count()
    history = PriceChange.objects.count()
    skus = [sku_fields(sku) for sku in shirt.skus.filter(is_active=True)]
    update_product(actor=SYSTEM, product_id=shirt.pk, fields=product_fields(shirt), skus=skus)
    assert PriceChange.objects.count() == history
    assert codes(shirt, is_active=True) == ["T-WL", "T-WM"]
    entry = AuditEntry.objects.filter(action="catalog.edit_product").latest("pk")
    assert (entry.before, entry.after) == ({}, {})
    assert OutboxEvent.objects.count() == before + 1


def test_editing_texts_leaves_the_skus_alone(shirt):
    fields = dataclasses.replace(product_fields(shirt), title="亚麻短袖", attributes={" 材质 ": " 亚麻 "})
    update_product(actor=SYSTEM, product_id=shirt.pk, fields=fields)
    shirt.refresh_from_db()
    assert (shirt.title, shirt.attributes) == ("亚麻短袖", {"材质": "亚麻"})
    assert codes(shirt) == ["T-WL", "T-WM", "T-BL"]
    entry = AuditEntry.objects.filter(action="catalog.edit_product").latest("pk")
    assert entry.before == {"title": "纯棉短袖T恤", "attributes": {}}


def test_skus_are_matched_by_code_removed_ones_rest_and_come_back(shirt):
    fields = product_fields(shirt)
    white_large, white_medium = SHIRT[0], SHIRT[1]
    swapped = [
        dataclasses.replace(white_large, spec=white_medium.spec),
        dataclasses.replace(white_medium, spec=white_large.spec, price=5000),
    ]
    update_product(actor=SYSTEM, product_id=shirt.pk, fields=fields, skus=swapped)
    assert {sku.code: sku.spec["尺码"] for sku in shirt.skus.filter(is_active=True)} == {
        "T-WL": "M",
        "T-WM": "L",
    }
    new = SkuFields("T-RL", 4000, {"颜色": "红", "尺码": "L"}, market_price=None)
    product = update_product(actor=SYSTEM, product_id=shirt.pk, fields=fields, skus=[new])
    assert codes(shirt, is_active=True) == ["T-RL"]
    assert (product.min_price, product.max_price) == (4000, 4000)
    assert Stock.objects.filter(sku__code="T-RL").exists()
    product = update_product(actor=SYSTEM, product_id=shirt.pk, fields=fields, skus=[white_medium, new])
    assert codes(shirt, is_active=True) == ["T-WM", "T-RL"]
    history = PriceChange.objects.filter(sku__code="T-WM").order_by("pk")
    assert list(history.values_list("price", flat=True)) == [5500, 5000, 5500]


def test_pictures_follow_their_order_and_the_first_is_the_cover(shirt):
    first = shirt.media.get()
    second = make_picture()
    fields = dataclasses.replace(product_fields(shirt), media_ids=(second.pk, first.pk))
    assert update_product(actor=SYSTEM, product_id=shirt.pk, fields=fields).cover == second
    fields = dataclasses.replace(fields, media_ids=())
    assert update_product(actor=SYSTEM, product_id=shirt.pk, fields=fields).cover is None
    first.refresh_from_db()
    assert first.product is None


@pytest.fixture
def staff(django_user_model):
    def make(role):
        sync_roles()
        user = django_user_model.objects.create_user(f"{role}-1", is_staff=True)
        user.groups.add(role_group(Role(role)))
        return Actor.staff(user), user

    return make


def test_who_may_edit(shirt, staff):
    for role in ("warehouse", "service", "finance", "auditor", "clerk"):
        actor, _user = staff(role)
        with pytest.raises(Forbidden):
            update_product(actor=actor, product_id=shirt.pk, fields=product_fields(shirt))
        with pytest.raises(Forbidden):
            create_product(actor=actor, fields=fields_for(), skus=[SkuFields("C-1", 100)])
    update_product(actor=staff("operations")[0], product_id=shirt.pk, fields=product_fields(shirt))
    assert Product.objects.count() == 1


def test_a_price_needs_its_own_permission(shirt, staff):
    from django.contrib.auth.models import Permission

    actor, user = staff("warehouse")
    user.user_permissions.add(Permission.objects.get(codename="catalog.edit_product"))
    fields = product_fields(shirt)
    skus = [sku_fields(sku) for sku in shirt.skus.filter(is_active=True)]
    update_product(actor=actor, product_id=shirt.pk, fields=fields, skus=skus)
    with pytest.raises(Forbidden):
        update_product(
            actor=actor,
            product_id=shirt.pk,
            fields=fields,
            skus=[dataclasses.replace(skus[0], price=1), skus[1]],
        )
    assert shirt.skus.get(code="T-WL").price == 5900


def test_a_deleted_or_absent_product_is_not_edited(shirt):
    fields = product_fields(shirt)
    with pytest.raises(NotFound):
        update_product(actor=SYSTEM, product_id=987654321, fields=fields)
    delete_product(actor=SYSTEM, product_id=shirt.pk)
    with pytest.raises(ProductDeleted):
        update_product(actor=SYSTEM, product_id=shirt.pk, fields=fields)


def test_a_crossed_out_price_that_was_never_charged_is_refused_by_default(shirt):
    skus = [SkuFields("C-1", 100, market_price=200)]
    with pytest.raises(MarketPriceUnproven) as refused:
        create_product(actor=SYSTEM, fields=fields_for(), skus=skus)
    assert refused.value.extra["lines"] == [{"code": "C-1", "market_price": 200}]
    assert not Sku.objects.filter(code="C-1").exists()
    product = create_product(actor=SYSTEM, fields=fields_for(), skus=skus, unproven="allow")
    assert product.market_price == 200


@pytest.mark.parametrize("count", [1, 60])
def test_the_number_of_queries_does_not_grow_with_the_skus(count, django_assert_num_queries):
    fields = fields_for(spec_names=("码",), media_ids=(make_picture().pk,))
    skus = [SkuFields(f"S{n}", 100, {"码": str(n)}) for n in range(count)]
    with django_assert_num_queries(24):
        product = create_product(actor=SYSTEM, fields=fields, skus=skus)
    changed = [dataclasses.replace(sku, price=200) for sku in skus]
    fields = dataclasses.replace(fields, on_sale_at=clock.now() + timedelta(days=1))
    with django_assert_num_queries(27):
        update_product(actor=SYSTEM, product_id=product.pk, fields=fields, skus=changed)
