from tests.shopfloor.models.ledgers import PURSE, TILL, PurseAccount, PurseEntry, TillAccount, TillEntry
from tests.shopfloor.models.notes import Note

__all__ = ["PURSE", "TILL", "Note", "PurseAccount", "PurseEntry", "TillAccount", "TillEntry"]
