"""Refusals of the members' floor."""

from django.utils.translation import gettext_lazy as _

from members.rewards import errors as rewards_errors  # noqa: F401  declares the room's own
from members.wallet import errors as wallet_errors  # noqa: F401  declares the room's own
from shop.core.errors import Conflict, Forbidden, InvalidInput, ShopError


class WechatUserBlocked(Forbidden):
    """WeChat itself keeps this account from logging in (its risk control, code 40226)."""

    code = "wechat_user_blocked"
    title = _("WeChat does not let this account log in.")


class PhoneCodeInvalid(InvalidInput):
    """The phone button's code is spent, expired or not WeChat's; the shopper taps the button again."""

    code = "phone_code_invalid"
    title = _("This phone code is not valid any more. Please tap the button again.")


class PhoneInUse(Conflict):
    """Another member has bound this phone number."""

    code = "phone_in_use"
    title = _("This phone number belongs to another account.")


class ContentRefused(InvalidInput):
    """WeChat's content security found a text risky; ``errors`` names the field."""

    code = "content_refused"
    title = _("This content is not allowed.")


class ContentUnchanged(Conflict):
    """There is nothing left to decide about this content: the member changed it meanwhile."""

    code = "content_already_decided"
    title = _("This was already decided or changed by the member.")


class TooManyAddresses(Conflict):
    """The address book is full; ``limit`` says how many it holds."""

    code = "too_many_addresses"
    title = _("The address book is full.")


class AddressRequired(ShopError):
    """No address was named and the member has no default one."""

    code = "address_required"
    title = _("Please choose an address.")


class TooManyFavourites(Conflict):
    """The list of favourites is full; ``limit`` says how many it holds."""

    code = "too_many_favourites"
    title = _("There are too many favourites.")


class AgreementUnknown(Conflict):
    """No published document has this name and version."""

    code = "agreement_unknown"
    title = _("There is no such version of this document.")


class AgreementPublished(Conflict):
    """A published version is never edited or published again: make a new version."""

    code = "agreement_published"
    title = _("This version is published. Make a new version instead.")


class MemberHasOpenMatters(Conflict):
    """The account cannot be closed yet; ``open`` lists what stands in the way, each ``{kind, detail}``."""

    code = "member_has_open_matters"
    title = _("The account cannot be closed yet.")


class WechatIdentityMissing(Conflict):
    """The member never logged in through this mini-program, so WeChat cannot be asked about them."""

    code = "wechat_identity_missing"
    title = _("This account is not linked with this mini-program.")
