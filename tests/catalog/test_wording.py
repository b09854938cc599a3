"""Copy that advertising law forbids is found for staff; nothing is blocked."""

import pytest

from catalog.queries.findings import product_findings
from catalog.rules.wording import check_wording, word_count
from tests.catalog.factories import make_product


def words(text):
    return [finding.word for finding in check_wording({"title": text})]


def test_the_list_is_worth_having():
    assert word_count() >= 150


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("全网第一好喝的绿茶", ["全网第一"]),
        ("顶级面料，顶级做工", ["顶级"]),
        ("No.１ 品牌", ["no.1"]),
        ("<b>国家</b>级 工艺", []),
        ("<p class='最好'>舒适透气</p>", []),
        ("喝了能治疗失眠，<b>纯天然</b>", ["治疗", "纯天然"]),
        ("第一章 茶的历史", []),
        ("", []),
    ],
)
def test_what_is_found(text, expected):
    assert words(text) == expected


def test_a_finding_says_where_why_and_shows_the_context():
    (finding,) = check_wording({"title": "好茶", "detail": "<p>春季新茶，绝对新鲜，顺丰包邮</p>"})
    assert (finding.field, finding.word, finding.group) == ("detail", "绝对", "absolute_promise")
    assert finding.law.startswith("广告法")
    assert finding.excerpt == "春季新茶,绝对新鲜,顺丰包邮"


@pytest.mark.django_db
def test_a_product_is_warned_about_and_goes_on_sale_all_the_same():
    product = make_product(
        title="史上最低 好茶", subtitle="独家", detail="<p>根治</p>", attributes={"功效": "减肥"}
    )
    assert product.state == "on_sale"
    found = product_findings(product.pk)
    assert [(finding.field, finding.word) for finding in found.wording] == [
        ("title", "史上最低"),
        ("subtitle", "独家"),
        ("detail", "根治"),
        ("attributes.功效", "减肥"),
    ]
    assert found.unproven == []
