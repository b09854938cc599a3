"""A shop with a ladder of three tiers, and climbers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from members.models import Member
from members.tiers.models import Tier
from shop.core import clock, runtime
from shop.core.clock import BEIJING
from tests.members.tiers.climbers import Climber
from tests.members.wallet.purses import set_to


@pytest.fixture
def ladder(db: None) -> Any:
    """普通 for everybody; 银卡 from 1000.00 or 10 orders, 金卡 from 5000.00 or 500 growth, for a year."""
    set_to("tiers_enabled", True)
    Tier.objects.create(name="普通", level=1)
    Tier.objects.create(name="银卡", level=2, from_spent=100_000, from_orders=10, keep_months=12)
    Tier.objects.create(
        name="金卡", level=3, from_spent=500_000, from_growth=500, keep_months=12, grace_days=7
    )
    Tier.objects.update(changed_at=datetime(2020, 1, 1, tzinfo=BEIJING))  # before any clock of these tests
    yield {tier.name: tier for tier in Tier.objects.all()}
    runtime.forget()


@pytest.fixture
def climber(member: Member, ladder: Any) -> Climber:
    return Climber(member)


@pytest.fixture
def travel(settings: Any) -> Callable[..., None]:
    """Set the shop's clock to a moment in Beijing: ``travel(2028, 2, 29, 0, 0)``."""

    def to(*moment: int) -> None:
        wanted = datetime(*moment).replace(tzinfo=BEIJING)  # type: ignore[arg-type]
        settings.SHOP_CLOCK_OFFSET = (wanted - clock.wall()).total_seconds()

    return to
