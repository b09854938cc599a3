"""The card room's console pages."""

from members.cards.admin import batches, cards, export, periods, purchases

__all__ = ["batches", "cards", "export", "periods", "purchases"]
