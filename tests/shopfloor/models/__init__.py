from tests.shopfloor.models.ledgers import PURSE, TILL, PurseAccount, PurseEntry, TillAccount, TillEntry
from tests.shopfloor.models.notes import Note
from tests.shopfloor.models.payables import Bill, Payout, Shelf
from tests.shopfloor.models.vault import Vault

__all__ = [
    "PURSE",
    "TILL",
    "Bill",
    "Note",
    "Payout",
    "PurseAccount",
    "PurseEntry",
    "Shelf",
    "TillAccount",
    "TillEntry",
    "Vault",
]
