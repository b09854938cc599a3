"""Members with points."""

from collections.abc import Callable
from typing import Any

import pytest

from members.models import Member
from tests.members.points.savers import Saver


@pytest.fixture
def saver(member: Member) -> Saver:
    return Saver(member)


@pytest.fixture
def shift_clock(settings: Any) -> Callable[[float], None]:
    """Move the shop's business time."""

    def shift(seconds: float) -> None:
        settings.SHOP_CLOCK_OFFSET = int(settings.SHOP_CLOCK_OFFSET + seconds)

    return shift
