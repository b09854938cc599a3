"""What staff may do with member cards."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

VIEW_CARDS = "members.view_member_cards"
EDIT_CARD = "members.edit_member_card"
MAKE_CODES = "members.make_card_codes"
EXPORT_CODES = "members.export_card_codes"
REFUND_CARD = "members.refund_card"
APPROVE_CARD = "members.approve_card_refund"

declare(
    codename=VIEW_CARDS,
    title=_("See member cards, their purchases, periods and code batches"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.FINANCE, Role.AUDITOR),
)
declare(codename=EDIT_CARD, title=_("Edit member cards"), roles=(Role.OPERATIONS,))
declare(
    codename=MAKE_CODES,
    title=_("Make batches of card codes and stop them"),
    roles=(Role.OPERATIONS,),
    sensitive=True,
)
declare(
    codename=EXPORT_CODES,
    title=_("Export the codes of a batch, once"),
    roles=(Role.OPERATIONS,),
    sensitive=True,
)
declare(
    codename=REFUND_CARD,
    title=_("Ask for the refund of a card"),
    roles=(Role.SERVICE, Role.FINANCE),
    sensitive=True,
)
declare(
    codename=APPROVE_CARD,
    title=_("Confirm card refunds as the second person"),
    roles=(Role.FINANCE,),
    sensitive=True,
)
