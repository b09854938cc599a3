"""Search text: what a document holds, what a query asks, and whether the two meet in PostgreSQL."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import search
from catalog.jobs import refresh_search
from catalog.models import Brand, Product, Tag
from catalog.queries import ProductFilters, list_page, list_products, listing
from catalog.queries.listing import BY_RELEVANCE, SORTS
from catalog.rules.products import SkuFields
from catalog.services.taxonomy import rename_brand, rename_tag, update_category
from tests.catalog.factories import SYSTEM, make_category, make_product

TITLES = (
    "纯棉短袖T恤 男夏季新款",
    "iPhone15 Pro 磁吸手机壳 透明",
    "有机绿茶礼盒 250g",
    "USB-C 快充数据线 1m",
    "手工陶瓷马克杯",
)


def found(text):
    found_list = list_products(ProductFilters(q=text))
    rows = list_page(found_list, order=found_list.order, after=None, limit=100)
    return [row.card["title"] for row in rows]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Ｔ恤　 短袖 ", "t恤 短袖"),
        ("IPHONE", "iphone"),
        ("a\x00b", "a b"),
        ("", ""),
        ("长" * 99, "长" * 40),
    ],
)
def test_texts_are_compared_folded(text, normal):
    assert search.normalise(text) == normal


def test_what_a_document_holds():
    assert search.lexemes("纯棉短袖 iPhone15") == {"纯棉", "棉短", "短袖", "iphone15", "iphone", "15"}
    assert search.lexemes("茶", characters=True) == {"茶"}
    assert search.lexemes("，。! ") == set()
    assert search.document(title="绿茶", names=["茶叶"], texts=["绿色"]).split() == [
        "'绿':1A",
        "'绿色':1C",
        "'绿茶':1A",
        "'茶':1A",
        "'茶叶':1B",
    ]


def test_what_a_query_asks():
    assert search.strict_query("短袖 T恤") == "'短袖' & 't' & '恤'"
    assert search.strict_query("手机壳 iph") == "'手机' & '壳' & 'iph':*"
    assert search.strict_query("iph 手机") == "'iph' & '手机'"
    assert search.strict_query("!?") == ""
    assert search.loose_query("短袖恤") == "'短袖' | '袖恤'"
    assert search.loose_query("茶 a1") == "'茶' | '1' | 'a' | 'a1'"


@pytest.mark.django_db
class TestAgainstPostgres:
    @pytest.fixture(autouse=True)
    def goods(self):
        for title in TITLES:
            make_product(title=title, stock=0)

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("短袖", 0),
            ("t恤", 0),
            ("夏季短袖", 0),
            ("Ｔ恤 男", 0),
            ("手机壳", 1),
            ("iphone", 1),
            ("iph", 1),
            ("iphone15", 1),
            ("透明手机壳", 1),
            ("绿茶", 2),
            ("茶", 2),
            ("250", 2),
            ("usb", 3),
            ("usb-c", 3),
            ("数据线", 3),
            ("马克杯", 4),
            ("陶瓷 杯", 4),
        ],
    )
    def test_people_find_what_they_mean(self, text, place):
        assert found(text) == [TITLES[place]]

    def test_what_finds_nothing_whole_finds_parts_the_best_first(self):
        assert found("陶瓷绿茶手工") == [TITLES[4], TITLES[2]]
        assert found("电视机") == []
        assert found("!!") == []

    @pytest.mark.parametrize("text", ["'", "\\", "a' | 'b", "!(&|)", ":*", "'':*", "a\\'b", "<->", "%_"])
    def test_no_text_breaks_the_query(self, text):
        found(text)
        assert Product.objects.count() == len(TITLES)

    def test_brand_category_tag_code_and_subtitle_are_found_and_follow_renames(self):
        brand, tag = Brand.objects.create(name="青瓷坊"), Tag.objects.create(name="新品")
        category = make_category("餐具")
        product = make_product(
            title="碗",
            subtitle="微波炉可用",
            brand_id=brand.pk,
            tag_ids=(tag.pk,),
            category_id=make_category("饭碗", parent=category).pk,
            attributes={"材质": "骨瓷"},
            skus=[SkuFields("BOWL-7", 100, barcode="6901028075831")],
        )
        for text in ("青瓷坊", "餐具", "饭碗", "新品", "微波炉", "骨瓷", "bowl-7", "6901028075831"):
            assert product.title in found(text), text
        rename_brand(actor=SYSTEM, brand_id=brand.pk, name="云窑")
        rename_tag(actor=SYSTEM, tag_id=tag.pk, name="特惠")
        update_category(actor=SYSTEM, category_id=category.pk, name="厨具")
        assert refresh_search() == 1
        assert refresh_search() == 0
        for text in ("云窑", "特惠", "厨具"):
            assert found(text) == ["碗"]
        assert found("青瓷坊") == []


@pytest.mark.django_db
class TestInABigShop:
    """Of what is found all over a big shop the best sellers come first: nobody ranks ten thousand goods."""

    @pytest.fixture(autouse=True)
    def goods(self, monkeypatch):
        monkeypatch.setattr(listing, "_BIG_SHOP", -2)  # an unanalysed table says -1
        monkeypatch.setattr(listing, "_BROAD", 3)
        for number, subtitle in enumerate(("", "绿茶搭档", "", "")):
            product = make_product(
                title=f"{'茶杯' if subtitle else '绿茶'} {number}", subtitle=subtitle, stock=0
            )
            Product.objects.filter(pk=product.pk).update(sales=(1, 9, 5, 3)[number])

    def test_a_word_found_all_over_lists_the_best_sellers_first(self):
        assert list_products(ProductFilters(q="绿茶")).order == SORTS["sales"]
        assert found("绿茶") == ["茶杯 1", "绿茶 2", "绿茶 3", "绿茶 0"]

    def test_a_word_of_few_best_sellers_is_ranked(self, monkeypatch):
        monkeypatch.setattr(listing, "_BROAD", 5)
        assert found("绿茶") == ["绿茶 3", "绿茶 2", "绿茶 0", "茶杯 1"]
        monkeypatch.setattr(listing, "_BROAD", 3)
        monkeypatch.setattr(listing, "_BEST_SELLERS", 2)
        assert list_products(ProductFilters(q="绿茶")).order == BY_RELEVANCE

    def test_only_best_sellers_that_pass_the_filters_count(self):
        assert list_products(ProductFilters(q="绿茶", ids=[])).order == BY_RELEVANCE

    def test_what_matches_in_part_is_ranked(self):
        found_list = list_products(ProductFilters(q="绿茶电视"))
        assert (found_list.order, len(found("绿茶电视"))) == (BY_RELEVANCE, 4)

    def test_a_small_shop_ranks_all(self, monkeypatch):
        monkeypatch.setattr(listing, "_BIG_SHOP", 10_000)
        assert found("绿茶") == ["绿茶 3", "绿茶 2", "绿茶 0", "茶杯 1"]

    def test_another_sort_stays_what_was_asked_for(self):
        assert list_products(ProductFilters(q="绿茶"), sort="price").order == SORTS["price"]

    def test_a_list_goes_on_as_it_was_begun(self):
        begun = {
            order: list_products(ProductFilters(q="绿茶"), begun=order).order
            for order in (SORTS["sales"], BY_RELEVANCE)
        }
        assert all(order == now for order, now in begun.items())


@pytest.mark.django_db
@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_a_document_and_queries_that_postgresql_reads(text):
    title = search.normalise(text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(%s::tsvector)", [search.document(title=title)])
        assert set(cursor.fetchone()[0]) == search.lexemes(title, characters=True)
        for query in (search.strict_query(text), search.loose_query(text)):
            cursor.execute("SELECT to_tsquery('simple', %s)::text", [query])
            assert bool(cursor.fetchone()[0]) is bool(search.lexemes(title)), "searchable, or nothing to ask"


@given(st.text("纯棉短袖茶叶手机壳的一是abc12 ", min_size=1, max_size=20), st.data())
@settings(deadline=None)
def test_every_pair_of_a_title_is_in_its_document(title, data):
    document = search.lexemes(title, characters=True)
    place = data.draw(st.integers(0, len(title) - 1))
    pair = title[place : place + 2]
    if all("一" <= character <= "鿿" for character in pair):
        assert pair in document or pair[0] in document
