"""What ``tests.chaos.stage`` can do in a running shop. Every function may be repeated after a failure."""

import io
import json
from typing import Any

from django.core.management import CommandError, call_command
from django.db.models import Sum

from catalog.models import Stock, StockMovement
from catalog.rules.products import ProductFields, SkuFields
from catalog.services.products import create_product, set_product_state
from catalog.services.stock import Demand, receive_stock
from members.points.models import PointsAccount
from members.points.services import earn_points
from members.services.addresses import create_address
from members.wallet.models import WalletGift, WalletPrincipal
from members.wallet.services.gifts import grant_gift
from orders.models import Order, Shipment
from orders.services.shipping import ship_order
from shop.core import auth, clock, runtime
from shop.core.actors import Actor
from shop.core.db import transaction
from shop.core.ids import new_number
from shop.core.ledger import LedgerAccount
from shop.core.models import OutboxEvent
from shop.payments.models import CashAccount, Payment, PaymentAttempt, Refund
from shop.wechat.models import InboxMessage
from tests.catalog.factories import make_category, make_picture
from tests.members.shoppers import address, new_member

BOOKS = ("stock", "orders", "ledgers", "payments", "wallet", "points", "cards", "rewards")
AUDITS = tuple(f"audit_{name}" for name in BOOKS)
_HANDS = Actor.system("tests.stage")


def stock_shelf(*, pieces: int, price: int, count: int = 1) -> list[int]:
    """Put ``count`` new products of one SKU on sale, ``pieces`` of each; returns the SKUs' ids."""
    category = make_category(f"分类{new_number(8)}")
    return [_stock_one(category.pk, pieces, price) for _ in range(count)]


def _stock_one(category_id: int, pieces: int, price: int) -> int:
    number = new_number(12)
    fields = ProductFields(title=f"商品 {number}", category_id=category_id, media_ids=(make_picture().pk,))
    skus = [SkuFields(code=f"T-{number}", price=price)]
    product = create_product(actor=_HANDS, fields=fields, skus=skus, unproven="allow")
    set_product_state(actor=_HANDS, product_id=product.pk, state="on_sale")
    sku_id = product.skus.get().pk
    lines = [Demand(sku_id, pieces)]
    receive_stock(actor=_HANDS, location_id=None, lines=lines, reference=f"IN-{number}", reason="进货")
    return sku_id


def let_wallets_pay() -> None:
    """Wallets pay without the password, points at checkout."""
    for name in ("wallet_free_payment_fen", "wallet_free_day_fen"):
        runtime.set_value(actor=_HANDS, name=name, value=1_000_000)
    runtime.set_value(actor=_HANDS, name="points_deduction", value=True)


def fund(*, member: int, money: int, points: int, reference: str) -> None:
    """Give a member fen and points, once for each reference."""
    with transaction():
        grant_gift(member_id=member, amount=money, reason="stage", reference=reference)
        earn_points(member_id=member, amount=points, reason="stage", reference=reference)


def make_shoppers(*, openids: list[str]) -> list[dict[str, Any]]:
    """Make a member who is logged in and has an address for each WeChat user."""
    shoppers = []
    for openid in openids:
        member = new_member(openid)
        place = create_address(member_id=member.pk, fields=address())
        token = open_session(member_id=member.pk)
        shoppers.append({"member": member.pk, "token": token, "address": place.pk})
    return shoppers


def audit() -> str:
    """Run the audits; returns what they found wrong, nothing at best."""
    found = io.StringIO()
    for name in AUDITS:
        try:
            call_command(name, stdout=found, stderr=found)
        except (CommandError, SystemExit) as error:
            return f"{name}: {error} {found.getvalue()}"
    return ""


def open_session(*, member_id: int) -> str:
    """Log a member in without WeChat; returns the access token."""
    return auth.open_session(member_id=member_id).access


def report_shopfloor() -> dict[str, Any]:
    """What became of the bills of the tests' own counter."""
    said = io.StringIO()
    call_command("report_shopfloor", stdout=said)
    return dict(json.loads(said.getvalue()))


def counters(*, skus: list[int]) -> dict[str, list[int]]:
    """On hand and reserved by SKU, at the default location."""
    rows = Stock.objects.filter(sku_id__in=skus, location__is_default=True)
    return {str(row.sku_id): [row.on_hand, row.reserved] for row in rows}


def ship(*, number: str) -> str:
    """Ship everything of a paid order; returns its status. A repeated call changes nothing."""
    order = Order.objects.get(number=number)
    if order.status == Order.Status.AWAITING_SHIPMENT:
        ship_order(actor=_HANDS, number=number, carrier="SF", tracking=f"SF{order.pk:010d}")
        order.refresh_from_db()
    return str(order.status)


def let_time_run_out(*, number: str) -> None:
    """The time to pay an unpaid order is over now, in the order and in its payment."""
    with transaction():
        over = clock.now()
        Order.objects.filter(number=number, status=Order.Status.PENDING_PAYMENT).update(expires_at=over)
        Payment.objects.filter(payable_number=number, state=Payment.State.OPEN).update(expires_at=over)


def waiting() -> int:
    """How many events and callbacks are not through yet."""
    events = OutboxEvent.objects.filter(state=OutboxEvent.State.PENDING).count()
    messages = InboxMessage.objects.filter(state__in=["received", "failed"]).count()
    return events + messages


def _movements() -> list[dict[str, Any]]:
    """Sum what each order moved; a shipment's pieces count for its order, a second round for the first."""
    order_of = dict(Shipment.objects.values_list("number", "order__number"))
    rows = StockMovement.objects.values("stock__sku_id", "reference", "on_hand_delta", "reserved_delta")
    return [
        {
            "order": order_of.get(row["reference"], row["reference"].partition("~")[0]),
            "sku": row["stock__sku_id"],
            "on_hand": row["on_hand_delta"],
            "reserved": row["reserved_delta"],
        }
        for row in rows
    ]


def _total(accounts: type[LedgerAccount]) -> int:
    return accounts._default_manager.aggregate(total=Sum("balance"))["total"] or 0


def books() -> dict[str, Any]:
    """Everything that our books say, to be held against WeChat's and against what was done."""
    return {
        "orders": list(
            Order.objects.values(
                *("number", "status", "payment_status", "fulfilment_status", "payable", "paid", "refunded"),
                *("wallet_amount", "points_used"),
            )
        ),
        "payments": list(
            Payment.objects.values(
                "payable_number", "state", "disposition", "captured", "refunded", "refund_committed"
            )
        ),
        "refunds": list(Refund.objects.values("payment__method", "amount", "state")),
        "attempts": list(PaymentAttempt.objects.values("out_trade_no", "amount", "state")),
        "movements": _movements(),
        "wallets": _total(WalletPrincipal) + _total(WalletGift),
        "points": _total(PointsAccount),
        "cash": _total(CashAccount),
        "events_waiting": OutboxEvent.objects.exclude(state=OutboxEvent.State.DONE).count(),
        "messages_waiting": InboxMessage.objects.filter(state__in=["received", "failed", "dead"]).count(),
    }
