"""Sharing a product earns by its rule, once for a product and day, within the caps."""

from typing import Any

import pytest

from members.points.models import RewardGrant
from tests.catalog.factories import make_product
from tests.members.points.savers import Saver, rule
from tests.members.shoppers import problem

pytestmark = pytest.mark.django_db


def share(saver: Saver, product_id: int) -> Any:
    answer = saver.phone.put(f"/me/shares/{product_id}", {})
    assert answer.status_code == 200
    return answer.json()


def test_a_share_earns_once_a_day_for_each_product_within_the_cap(saver: Saver) -> None:
    # given a rule of 2 points and 1 growth, twice a day
    rule("share", points=2, growth=1, times_per_day=2)
    first, second, third = (make_product().pk for _ in range(3))
    # when products are shared, one of them twice, then what the rule gives is given, to the cap
    assert share(saver, first) == {"points": 2, "growth": 1}
    assert share(saver, first) == {"points": 2, "growth": 1}  # told again: what it earned
    assert share(saver, second) == {"points": 2, "growth": 1}
    assert share(saver, third) == {"points": 0, "growth": 0}
    assert saver.phone.get("/me/points").json()["balance"] == 4
    assert saver.phone.get("/me/growth").json()["balance"] == 2


def test_without_a_rule_it_earns_nothing(saver: Saver) -> None:
    assert share(saver, make_product().pk) == {"points": 0, "growth": 0}
    assert not RewardGrant.objects.exists()


def test_an_unknown_product_cannot_be_shared(saver: Saver) -> None:
    rule("share", points=2)
    assert problem(saver.phone.put("/me/shares/999999", {}))[0] == 404
    assert not RewardGrant.objects.exists()
