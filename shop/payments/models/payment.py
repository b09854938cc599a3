"""A payment is one due of one payable; its attempts are what WeChat knows of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.core.crypto import EncryptedTextField
from shop.core.money import FenField
from shop.payments.models.watched import Watched


class Payment(models.Model):
    """Money for one part of one payable. Amounts are fen.

    ``refund_committed`` counts every refund that was ever promised and not given up, sent or not; the CHECK
    ``refunded <= refund_committed <= captured`` is the last word against refunding more than was paid.
    A second payment of the same due is a row of its own (``disposition`` duplicate) and is refunded in full.
    What a member gives from the wallet while the rest is paid with WeChat is a payment of part ``wallet``: it
    is ``held`` until the payable is paid, then ``kept``, or ``returned`` when the payable closes unpaid.
    """

    class Part(models.TextChoices):
        FULL = "full", _("Full amount")
        DEPOSIT = "deposit", _("Deposit")
        BALANCE = "balance", _("Balance")
        WALLET = "wallet", _("From the wallet")

    class Method(models.TextChoices):
        WECHAT = "wechat", _("WeChat Pay")
        WALLET = "wallet", _("Wallet")

    class State(models.TextChoices):
        OPEN = "open", _("Awaiting payment")
        CLOSING = "closing", _("Closing")
        PAID = "paid", _("Paid")
        CLOSED = "closed", _("Closed")

    class Disposition(models.TextChoices):
        NONE = "", _("Nothing received")
        KEPT = "kept", _("Kept")
        LATE = "late", _("Late, refunded")
        DUPLICATE = "duplicate", _("Paid twice, refunded")
        UNMATCHED = "unmatched", _("Did not match, refunded")
        HELD = "held", _("Held until the rest is paid")
        RETURNED = "returned", _("Given back, closed unpaid")

    number = models.CharField(_("number"), max_length=32, unique=True)
    payable_kind = models.CharField(_("paid for"), max_length=32)
    payable_number = models.CharField(_("number of what is paid for"), max_length=32)
    part = models.CharField(_("part"), max_length=8, choices=Part.choices, default=Part.FULL)
    member_id = models.BigIntegerField(_("member"))
    method = models.CharField(_("method"), max_length=8, choices=Method.choices, default=Method.WECHAT)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    disposition = models.CharField(
        _("outcome"), max_length=10, choices=Disposition.choices, default=Disposition.NONE, blank=True
    )
    amount = FenField(_("amount"))
    captured = FenField(_("received"), default=0)
    refund_committed = FenField(_("refunds promised"), default=0)
    refunded = FenField(_("refunded"), default=0)
    twin_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="twins",
        verbose_name=_("twin of"),
    )
    closing_reason = models.CharField(_("reason for closing"), max_length=40, blank=True)
    last_refund_at = models.DateTimeField(_("last refund sent"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    paid_at = models.DateTimeField(pgettext_lazy("time", "paid"), null=True, blank=True)
    closed_at = models.DateTimeField(pgettext_lazy("time", "closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(
                fields=["payable_kind", "payable_number", "part"],
                condition=Q(state__in=["open", "closing"]),
                name="payment_one_open_per_due",
            ),
            models.UniqueConstraint(
                fields=["payable_kind", "payable_number", "part"],
                condition=Q(disposition="kept"),
                name="payment_one_kept_per_due",
            ),
            models.UniqueConstraint(
                fields=["payable_kind", "payable_number"],
                condition=Q(disposition="held"),
                name="payment_one_held_per_payable",
            ),
            models.CheckConstraint(
                condition=~Q(disposition__in=["held", "returned"]) | Q(part="wallet", method="wallet"),
                name="payment_held_is_wallet",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(
                    refunded__gte=0, refund_committed__gte=F("refunded"), captured__gte=F("refund_committed")
                ),
                name="payment_refunds_within_captured",
            ),
            models.CheckConstraint(
                condition=Q(state="paid", captured=F("amount")) | (~Q(state="paid") & Q(captured=0)),
                name="payment_captured_when_paid",
            ),
            models.CheckConstraint(
                condition=Q(state="paid") ^ Q(disposition=""), name="payment_disposition_when_paid"
            ),
        ]
        indexes = [
            models.Index(fields=["payable_kind", "payable_number"], name="payment_payable"),
            models.Index(fields=["created_at"], name="payment_created"),
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="payment_expiry"),
            models.Index(fields=["created_at"], condition=Q(state="closing"), name="payment_closing"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def refundable(self) -> int:
        """Fen that can still be promised back."""
        return self.captured - self.refund_committed


class PaymentAttempt(Watched):
    """One out_trade_no: everything that is sent to WeChat is kept as it was first sent.

    WeChat refuses a repeated order whose parameters changed, so a resend reads this row and nothing else.
    ``prepay_deadline`` is true time: until then a prepay request of ours may still be under way.
    """

    class State(models.TextChoices):
        SENDING = "sending", _("Sent, answer unknown")
        OPEN = "open", _("Ready to pay")
        PAID = "paid", _("Paid")
        CLOSED = "closed", _("Closed at WeChat")
        NOT_EXIST = "not_exist", _("Never reached WeChat")
        REFUSED = "refused", _("Refused by WeChat")
        ABANDONED = "abandoned", _("Given up while WeChat was unreachable")
        DISPUTED = "disputed", _("Does not match, for staff to decide")

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="attempts", verbose_name=_("payment")
    )
    out_trade_no = models.CharField(_("merchant trade number"), max_length=32, unique=True)
    appid = models.CharField(_("app id"), max_length=32)
    mchid = models.CharField(_("merchant id"), max_length=32)
    amount = FenField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    description = models.CharField(_("description"), max_length=127)
    openid = EncryptedTextField(_("payer"))
    notify_url = models.CharField(_("callback address"), max_length=255)
    time_expire = models.DateTimeField(_("expires at WeChat"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.SENDING)
    close_requested = models.BooleanField(_("to be closed"), default=False)
    prepay_deadline = models.DateTimeField(_("prepay deadline"))
    prepay_id = models.CharField(_("prepay id"), max_length=64, blank=True)
    prepay_at = models.DateTimeField(_("prepay id received"), null=True, blank=True)
    transaction_id = models.CharField(
        _("WeChat transaction"), max_length=32, unique=True, null=True, blank=True
    )
    received = FenField(_("received"), default=0)
    bank_type = models.CharField(_("bank"), max_length=32, blank=True)
    paid_at = models.DateTimeField(pgettext_lazy("time", "paid"), null=True, blank=True)
    asked_at = models.DateTimeField(_("last asked"), null=True, blank=True)
    last_answer = models.CharField(_("last answer"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("payment attempt")
        verbose_name_plural = _("payment attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(state="paid"), name="attempt_one_paid_per_payment"
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(state__in=["sending", "open"]),
                name="attempt_one_live_per_payment",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(transaction_id__isnull=False),
                name="attempt_paid_has_transaction",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="attempt_due"),
        ]

    def __str__(self) -> str:
        return self.out_trade_no
