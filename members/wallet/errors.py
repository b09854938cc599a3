"""Refusals of the wallet."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, InvalidInput, ShopError


class WalletTokenRequired(Conflict):
    """The member's payment password must be given first: ``POST /me/wallet/verifications``."""

    code = "wallet_token_required"
    title = _("Please enter your payment password.")


class WalletTokenInvalid(Conflict):
    """The wallet token is expired, another member's, or older than the present password."""

    code = "wallet_token_invalid"
    title = _("Please enter your payment password again.")


class WalletPasswordMissing(Conflict):
    """No payment password is set: ``POST /me/wallet/password``."""

    code = "wallet_password_missing"
    title = _("Please set a payment password first.")


class WalletPasswordWrong(Conflict):
    """Another password was set; ``attempts_left`` tells how many guesses remain."""

    code = "wallet_password_wrong"
    title = _("The payment password is wrong.")


class WalletPasswordLocked(ShopError):
    """Too many wrong guesses: nobody may guess until ``Retry-After``; setting a new password ends it."""

    code = "wallet_password_locked"
    status = 429
    title = _("Too many wrong passwords. Please try again later or set a new one.")


class WalletProofInvalid(InvalidInput):
    """The code does not prove that the member is at the phone; ``errors`` names the field."""

    code = "wallet_proof_invalid"
    title = _("This code does not belong to your account.")


class RechargeUnavailable(Conflict):
    """The package is not offered, or the shop takes no free amounts."""

    code = "recharge_unavailable"
    title = _("This recharge is not offered at present.")


class RechargeLimited(Conflict):
    """The member bought the package as often as it may be; ``limit`` says how often."""

    code = "recharge_limited"
    title = _("You have already bought this package as often as possible.")


class WalletFull(Conflict):
    """The balance would become larger than the shop allows; ``maximum`` in fen."""

    code = "wallet_full"
    title = _("The wallet cannot hold that much.")


class IosVirtualPayment(Conflict):
    """WeChat does not let virtual goods be paid for in mini-programs on iOS."""

    code = "ios_virtual_payment"
    title = _("This cannot be bought on iOS. Please use another device.")


class RechargeStateRefused(Conflict):
    """The recharge does not stand where this is possible; ``state`` tells where it stands."""

    code = "recharge_state_refused"
    title = _("This is not possible in the recharge's present state.")


class NothingToPayBack(Conflict):
    """All of the recharge was spent, or what is left is worth less than the spent gift money."""

    code = "nothing_to_pay_back"
    title = _("Nothing of this recharge can be paid back.")


class RefundPreviewChanged(Conflict):
    """The balance changed since the refund was asked for; ``paid_back`` is what it would be now, in fen."""

    code = "refund_preview_changed"
    title = _("The balance has changed meanwhile. Please reject this and ask for the refund again.")


class GiftUnavailable(Conflict):
    """No room of the shop gives this kind of gift; ``kind`` names it."""

    code = "gift_unavailable"
    title = _("This kind of gift is not available.")
