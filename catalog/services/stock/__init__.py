"""Writes of stock: every counter moves with a journalled movement, under locks taken in one order."""

from catalog.services.stock.documents import Count, receive_stock, return_stock, take_stock
from catalog.services.stock.levels import default_location, open_stock, set_stock_levels
from catalog.services.stock.posting import Demand
from catalog.services.stock.reservations import (
    commit_reservation,
    consume_reservation,
    release_reservation,
    reserve_stock,
)

__all__ = [
    "Count",
    "Demand",
    "commit_reservation",
    "consume_reservation",
    "default_location",
    "open_stock",
    "receive_stock",
    "release_reservation",
    "reserve_stock",
    "return_stock",
    "set_stock_levels",
    "take_stock",
]
