"""Every moment in every answer is written the same way: RFC 3339, with Beijing's offset."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from catalog.models import Sku
from members.services.favourites import add_favourite
from shop.core.json import dump
from tests.catalog.factories import make_sku
from tests.orders.buyer import Buyer, new_buyer

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00")
