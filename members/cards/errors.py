"""Refusals of the card room."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, ShopError


class CardUnavailable(Conflict):
    """The card is not offered."""

    code = "card_unavailable"
    title = _("This card is not offered at present.")


class CardRefused(Conflict):
    """The member cannot have this card: see the errors below."""

    code = "card_refused"
    title = _("You cannot have this card.")


class CardTrialUsed(CardRefused):
    """Each member has one trial card."""

    code = "card_trial_used"
    title = _("You have had your trial card already.")


class CardOwnedForever(CardRefused):
    """The member has this card, or one of its series, for ever."""

    code = "card_owned_forever"
    title = _("You have this card for ever.")


class CardCodeInvalid(Conflict):
    """Nobody can redeem this code (any more); ``attempts_left`` tells how many guesses remain."""

    code = "card_code_invalid"
    title = _("This card code is not valid.")


class CardCodesLocked(ShopError):
    """Too many wrong codes: the member may try again after ``Retry-After``."""

    code = "card_codes_locked"
    status = 429
    title = _("Too many wrong card codes. Please try again later.")


class CardCodesExported(Conflict):
    """The codes of a batch leave the shop once."""

    code = "card_codes_exported"
    title = _("The codes of this batch were exported already.")


class CardPurchaseStateRefused(Conflict):
    """The purchase does not stand where this is possible; ``state`` tells where it stands."""

    code = "card_purchase_state_refused"
    title = _("This is not possible in the purchase's present state.")


class NothingLeftOfCard(Conflict):
    """The card was used, or what is left is worth less than the spent gift money."""

    code = "nothing_left_of_card"
    title = _("Nothing of this card can be paid back.")


class CardRefundChanged(Conflict):
    """Something changed since the refund was asked for; ``paid_back`` is what it would be now, in fen."""

    code = "card_refund_changed"
    title = _("The figures have changed meanwhile. Please reject this and ask for the refund again.")
