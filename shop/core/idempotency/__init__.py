"""Idempotency keys: a request repeated under its key takes effect once and is answered the same way.

Two kinds, because a transaction must not span a call to WeChat:

- ``@idempotent_transaction`` for actions that are one transaction;
- ``@idempotent_call`` for actions that call WeChat between two transactions.
"""

from shop.core.idempotency.calls import Claim
from shop.core.idempotency.requests import HEADER, KEEP_KEYS, REPLAYED_HEADER
from shop.core.idempotency.views import idempotent_call, idempotent_transaction

__all__ = [
    "HEADER",
    "KEEP_KEYS",
    "REPLAYED_HEADER",
    "Claim",
    "idempotent_call",
    "idempotent_transaction",
]
