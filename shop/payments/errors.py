"""What payments refuses, and why."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import ShopError


class PayableClosing(ShopError):
    """An earlier payment is being closed at WeChat; nothing new may begin."""

    code = "payable_closing"
    title = _("This is being closed and can no longer be paid.")


class PayableClosed(ShopError):
    """Released: its goods may belong to somebody else by now."""

    code = "payable_closed"
    title = _("This has been closed and can no longer be paid.")


class PayableExpired(ShopError):
    """The time to pay is over."""

    code = "payable_expired"
    title = _("The time to pay is over.")


class AlreadyPaid(ShopError):
    """This due has been paid."""

    code = "already_paid"
    title = _("This has already been paid.")


class NothingDue(ShopError):
    """There is no amount to pay."""

    code = "nothing_due"
    title = _("There is nothing to pay.")


class PaymentRefused(ShopError):
    """WeChat refused to take the order; ``wechat_code`` says why."""

    code = "payment_refused"
    title = _("WeChat does not accept this payment.")


class WalletUnavailable(ShopError):
    """The shop has no wallet."""

    code = "wallet_unavailable"
    title = _("Paying by wallet is not available.")


class PaymentNotPaid(ShopError):
    """Only money that was received can go back."""

    code = "payment_not_paid"
    title = _("This payment has not been received.")


class RefundExceedsPayment(ShopError):
    """``refundable`` tells how much could still go back, in fen."""

    code = "refund_exceeds_payment"
    title = _("More than what can still be refunded.")


class RefundElsewhere(ShopError):
    """More than money goes back: refund it on the page of what was paid for.

    ``refundable`` tells how much can be refunded here, if not all is refunded there.
    """

    code = "refund_elsewhere"
    title = _("This is refunded on the page of what was paid for, not here.")


class RefundReferenceReused(ShopError):
    """The same reference was used for another amount."""

    code = "refund_reference_reused"
    title = _("This refund was already requested with another amount.")


class RefundStateRefused(ShopError):
    """The refund is not in a state that allows this."""

    code = "refund_state_refused"
    title = _("The refund's state does not allow this.")


class TransferStateRefused(ShopError):
    """The transfer is not in a state that allows this."""

    code = "transfer_state_refused"
    title = _("The transfer's state does not allow this.")


class TransferRefused(ShopError):
    """The transfer breaks one of WeChat's own rules; nothing was written."""

    code = "transfer_refused"
    title = _("WeChat does not allow such a transfer.")


class TransferUnderWay(ShopError):
    """There is a transfer for it already that has not failed."""

    code = "transfer_under_way"
    title = _("A transfer is already under way.")


class IncidentResolved(ShopError):
    """Somebody has dealt with it."""

    code = "incident_resolved"
    title = _("This incident has already been resolved.")


class IncidentNotRefundable(ShopError):
    """No money of ours is known to be behind it."""

    code = "incident_not_refundable"
    title = _("There is no confirmed money behind this incident.")
