"""What shoppers look for: counted once a day and visitor, rolled up, shown as hot words and suggestions."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from catalog.models import Brand, HotWord, SearchTerm
from catalog.queries.searches import hot_words, suggestions
from catalog.services import searches
from catalog.services.searches import record_search, roll_up_searches
from shop.core import redis
from tests.catalog.factories import make_category, make_product

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)


def look_for(text, times=1, *, found=True):
    for number in range(times):
        record_search(text=text, found=found, visitor=f"v{number}")


def terms():
    return {row.term: (row.searches, row.found) for row in SearchTerm.objects.all()}


def test_a_visitor_counts_once_a_day():
    with time_machine.travel(NOON, tick=False) as clock:
        for text in ("绿茶", " 绿茶 ", "绿茶"):
            record_search(text=text, found=True, visitor="m1")
        record_search(text="绿茶", found=False, visitor="m2")
        record_search(text="   ", found=True, visitor="m1")
        assert roll_up_searches() == 1
        assert terms() == {"绿茶": (2, 1)}
        assert roll_up_searches() == 0
        clock.shift(timedelta(days=1))
        record_search(text="绿茶", found=True, visitor="m1")
        roll_up_searches()
        assert SearchTerm.objects.count() == 2


def test_later_counts_of_a_day_are_added_and_yesterdays_rest_is_not_lost():
    with time_machine.travel(NOON, tick=False) as clock:
        look_for("绿茶", 2)
        roll_up_searches()
        look_for("绿茶", 5)
        clock.shift(timedelta(hours=14))
        assert roll_up_searches() == 1
        assert terms() == {"绿茶": (5, 5)}


def test_old_days_are_forgotten():
    with time_machine.travel(NOON, tick=False) as clock:
        look_for("绿茶")
        roll_up_searches()
        clock.shift(timedelta(days=90))
        roll_up_searches()
        assert terms() == {"绿茶": (1, 1)}
        clock.shift(timedelta(days=1))
        roll_up_searches()
        assert terms() == {}


def test_a_flood_of_different_texts_does_not_fill_redis(monkeypatch):
    monkeypatch.setattr(searches, "MAX_TERMS", 3)
    for number in range(10):
        record_search(text=f"text{number}", found=False, visitor="m1")
    record_search(text="text0", found=True, visitor="m2")
    assert roll_up_searches() == 3
    assert terms()["text0"] == (2, 1)


def test_no_visitor_is_stored():
    record_search(text="绿茶", found=True, visitor="203.0.113.7")
    keys = redis.client().keys("catalog:search:*")
    assert len(keys) == 3
    assert "203.0.113.7" not in str(keys)


def test_without_redis_searching_goes_on(redis_down):
    record_search(text="绿茶", found=True, visitor="m1")
    assert roll_up_searches() == 0


def test_hot_words():
    look_for("绿茶", 3)
    look_for("短袖", 5)
    look_for("色情", 9)
    look_for("没有的", 20, found=False)
    roll_up_searches()
    assert hot_words() == ["色情", "短袖", "绿茶"]
    HotWord.objects.create(term="色情", is_blocked=True)
    HotWord.objects.create(term="春茶上市", position=1)
    HotWord.objects.create(term="绿茶", position=2)
    assert hot_words() == ["春茶上市", "绿茶", "短袖"]
    assert hot_words(limit=1) == ["春茶上市"]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8)):
        assert hot_words() == ["春茶上市", "绿茶"]


def test_suggestions():
    for text, times in (("绿茶礼盒", 2), ("绿茶", 5), ("绿萝", 1), ("绿毒", 9)):
        look_for(text, times)
    roll_up_searches()
    HotWord.objects.create(term="绿毒", is_blocked=True)
    Brand.objects.create(name="小绿瓶")
    make_category("绿植")
    make_product(title="明前绿茶 250g", category_id=make_category("隐藏绿", is_visible=False).pk)
    assert suggestions("绿") == ["绿茶", "绿茶礼盒", "绿萝", "小绿瓶", "绿植", "明前绿茶 250g"]
    assert suggestions("绿茶") == ["绿茶", "绿茶礼盒", "明前绿茶 250g"]
    assert suggestions("绿", limit=2) == ["绿茶", "绿茶礼盒"]
    assert suggestions(" ") == suggestions("!!") == []
    assert suggestions("%") == []


def test_a_few_queries_for_any_number_of_texts(django_assert_max_num_queries):
    for number in range(60):
        record_search(text=f"绿茶{number}", found=True, visitor="m1")
    roll_up_searches()
    with django_assert_max_num_queries(3):
        assert len(hot_words()) == 10
    with django_assert_max_num_queries(6):
        assert len(suggestions("绿茶")) == 10
