"""The tables of payments; each file tells one of them."""

from shop.payments.models.bill import BillFile
from shop.payments.models.cash import CASH, CashAccount, CashEntry
from shop.payments.models.incident import PaymentIncident
from shop.payments.models.payment import Payment, PaymentAttempt
from shop.payments.models.refund import Refund
from shop.payments.models.transfer import Transfer

__all__ = [
    "CASH",
    "BillFile",
    "CashAccount",
    "CashEntry",
    "Payment",
    "PaymentAttempt",
    "PaymentIncident",
    "Refund",
    "Transfer",
]
