"""Cards on offer, and members who buy them, as short sentences."""

import itertools
from datetime import datetime
from typing import Any

from members.cards.audit import audit_cards
from members.cards.models import CardPurchase, MemberCard, MemberCardPeriod
from members.wallet.audit import audit_wallet
from shop.core import clock
from shop.core.ledger import audit_ledgers
from shop.payments.audit import audit_payments
from shop.payments.models import PaymentAttempt
from shop.payments.services.confirm import confirm_attempt
from shop.payments.services.watching import watch_attempt
from shop.wechat.pay.types import Transaction
from tests.members.wallet.purses import Rich, settle

_numbers = itertools.count(1)


def card(**changes: Any) -> MemberCard:
    """A yearly card for 99.00, 80.00 when renewed, 5 % off."""
    values = {
        "name": "年卡",
        "kind": "year",
        "price": 9_900,
        "renewal_price": 8_000,
        "discount_permille": 950,
        **changes,
    }
    return MemberCard.objects.create(**values)


def trial(**changes: Any) -> MemberCard:
    """A trial of seven days for 1.00."""
    return card(**{"name": "体验卡", "kind": "trial", "price": 100, "renewal_price": None, **changes})


def buy(rich: Rich, what: MemberCard, *, key: str = "", platform: str = "") -> Any:
    headers = {"Idempotency-Key": key or f"card-{next(_numbers)}"}
    if platform:
        headers["X-Client-Platform"] = platform
    return rich.phone.post("/me/cards", {"card": what.pk}, **headers)


def started(rich: Rich, what: MemberCard) -> tuple[CardPurchase, dict[str, str]]:
    """Start a purchase; returns it and what wx.requestPayment needs."""
    answer = buy(rich, what)
    assert answer.status_code == 201, answer.content
    data = answer.json()
    return CardPurchase.objects.get(number=data["number"]), data["payment"]["wechat"]


def bought(rich: Rich, what: MemberCard) -> CardPurchase:
    """Buy a card, pay in WeChat, and let the shop find out."""
    purchase, wechat = started(rich, what)
    rich.pay(wechat)
    ask_wechat(purchase)
    settle()
    purchase.refresh_from_db()
    return purchase


def attempt_of(purchase: CardPurchase) -> PaymentAttempt:
    return PaymentAttempt.objects.filter(payment__payable_number=purchase.number).latest("pk")


def ask_wechat(purchase: CardPurchase) -> None:
    watch_attempt(attempt_id=attempt_of(purchase).pk)


def confirm(purchase: CardPurchase, transaction_id: str = "4200000000000000000000000009") -> Any:
    """WeChat reports the purchase's number as paid."""
    attempt = attempt_of(purchase)
    found = Transaction(
        out_trade_no=attempt.out_trade_no,
        transaction_id=transaction_id,
        trade_state="SUCCESS",
        trade_state_desc="",
        trade_type="JSAPI",
        amount_total=attempt.amount,
        payer_total=attempt.amount,
        currency="CNY",
        payer_openid=attempt.openid,
        success_time=attempt.created_at,
        bank_type="OTHERS",
        attach="",
        appid=attempt.appid,
        mchid=attempt.mchid,
    )
    return confirm_attempt(transaction=found, source="query")


def periods(rich: Rich) -> list[MemberCardPeriod]:
    return list(MemberCardPeriod.objects.filter(member_id=rich.id).order_by("starts_at"))


def until(period: MemberCardPeriod) -> str:
    """The Beijing day and time at which a period ends."""
    return "" if period.ends_at is None else beijing(period.ends_at)


def beijing(moment: datetime) -> str:
    return f"{moment.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"


def consistent() -> bool:
    return [*audit_cards(), *audit_wallet(), *audit_payments(), *audit_ledgers()] == []
