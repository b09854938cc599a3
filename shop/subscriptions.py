"""How the rooms talk: read these tables and you know who reacts to what.

Lower floors find this module through ``settings.SHOP_SUBSCRIPTIONS`` and never import upwards.
"""

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {
    "members.card_opened": ("members.cards.handlers.card_turned",),
    "members.card_ended": ("members.cards.handlers.card_turned",),
    "members.growth_changed": ("members.tiers.handlers.growth_changed",),
    "orders.order_paid": (
        "orders.handlers.count_paid_order",
        "orders.handlers.alert_staff",
        "orders.handlers.expect_points",
        "members.rewards.handlers.count_order",
        "members.rewards.handlers.first_order_paid",
    ),
    "orders.order_completed": ("orders.handlers.release_points",),
    "orders.order_refunded": (
        "orders.handlers.count_refund",
        "orders.handlers.reverse_points",
        "members.rewards.handlers.uncount_order",
        "members.rewards.handlers.first_order_refunded",
    ),
    "members.member_joined": (
        "members.tiers.handlers.member_joined",
        "members.rewards.handlers.member_joined",
    ),
    "members.phone_bound": ("members.rewards.handlers.phone_bound",),
    "members.favourite_added": ("members.rewards.handlers.count_favourite",),
    "members.checked_in": ("members.rewards.handlers.count_check_in",),
    "members.invitation_counted": ("members.rewards.handlers.count_invited",),
    "members.invitation_reversed": ("members.rewards.handlers.uncount_invited",),
    "payments.payment_late": ("orders.handlers.note_late_payment",),
    "payments.payment_duplicated": ("orders.handlers.note_duplicate",),
    "payments.refund_requested": ("orders.handlers.note_refund_requested",),
    "payments.refund_succeeded": (
        "orders.handlers.refund_arrived",
        "members.wallet.handlers.refund_arrived",
        "members.cards.handlers.refund_arrived",
    ),
    "payments.refund_abnormal": ("orders.handlers.note_refund_trouble",),
    "payments.refund_closed": ("orders.handlers.note_refund_trouble",),
    "payments.refund_failed": ("orders.handlers.note_refund_trouble",),
}
"""Event name -> dotted handlers; each runs once per event, in the transaction that records it as handled."""

PAYABLES: dict[str, str] = {
    "order": "orders.payable.OrderPayable",
    "recharge": "members.wallet.payable.RechargePayable",
    "card": "members.cards.payable.CardPayable",
}
"""Payable kind -> dotted ``PayableHandler`` class that owns the row being paid for."""

OWN_REFUNDS: tuple[str, ...] = ("recharge", "card")
"""Payable kinds that only their own room refunds, because more than money goes back."""

REFUNDED_APART: dict[str, str] = {"order": "orders.queries.cards.card_money"}
"""Payable kind -> dotted function that tells what of its money, in fen, people refund on another page."""

TRANSFER_OWNERS: dict[str, str] = {}
"""Kind of thing a transfer pays out -> dotted ``TransferOwner`` class."""

INBOX: dict[str, str] = {
    "TRANSACTION.SUCCESS": "shop.payments.handlers.payment_succeeded",
    "REFUND.SUCCESS": "shop.payments.handlers.refund_changed",
    "REFUND.ABNORMAL": "shop.payments.handlers.refund_changed",
    "REFUND.CLOSED": "shop.payments.handlers.refund_changed",
    "MCHTRANSFER.BILL.FINISHED": "shop.payments.handlers.transfer_finished",
    "wxa_media_check": "members.handlers.picture_judged",
}
"""WeChat event type -> dotted handler of the verified, decrypted message."""

WALLET: str | None = "members.wallet.port.MemberWallet"
"""Dotted ``WalletPort`` implementation; ``None`` for a shop without wallet."""

CLOSING_CHECKS: tuple[str, ...] = (
    "members.money.open_money",
    "members.wallet.membership.open_wallet",
    "members.cards.membership.open_cards",
    "orders.queries.membership.open_orders",
)
"""Dotted functions that tell what keeps a member's account open: see ``members.ports``."""

EXPORTS: dict[str, str] = {
    "payments": "members.money.export_payments",
    "wallet": "members.wallet.membership.export_wallet",
    "cards": "members.cards.membership.export_cards",
    "points": "members.points.membership.export_points",
    "tier": "members.tiers.membership.export_tier",
    "rewards": "members.rewards.membership.export_rewards",
    "orders": "orders.queries.membership.export_orders",
}
"""Section of a member's export -> dotted function that fills it: see ``members.ports``."""

JOBS: tuple[str, ...] = (
    "shop.core.jobs.heartbeat",
    "shop.core.housekeeping",
    "shop.core.upkeep",
    "shop.core.sheets.jobs",
    "shop.payments.jobs",
    "shop.wechat.jobs",
    "catalog.jobs",
    "members.jobs",
    "members.wallet.jobs",
    "members.points.jobs",
    "members.rewards.jobs",
    "members.cards.jobs",
    "members.tiers.jobs",
    "orders.jobs",
    "shop.storefront.jobs",
)
"""Modules that declare jobs."""

SHEETS: dict[str, tuple[str, str]] = {
    "catalog.goods": ("catalog.workbook.importing.GoodsImport", "catalog.workbook.exporting.GoodsExport"),
}
"""Kind of workbook -> dotted classes that read it in and write it out ("" where it goes one way only)."""
