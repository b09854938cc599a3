"""What staff may do with orders."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

SEE_ORDERS = "orders.see_orders"
SEE_ADDRESS = "orders.see_address"
SHIP_ORDER = "orders.ship_order"
CANCEL_ORDER = "orders.cancel_order"
CONFIRM_RECEIPT = "orders.confirm_receipt"
HAND_OVER = "orders.hand_over"
NOTE_ORDER = "orders.note_order"

declare(
    codename=SEE_ORDERS,
    title=_("See orders"),
    roles=(
        Role.OPERATIONS,
        Role.SERVICE,
        Role.WAREHOUSE,
        Role.FINANCE,
        Role.CLERK,
        Role.AUDITOR,
    ),
)
declare(
    codename=SEE_ADDRESS,
    title=_("See receivers' names, phones and addresses"),
    roles=(Role.SERVICE, Role.WAREHOUSE),
    sensitive=True,
)
declare(codename=SHIP_ORDER, title=_("Ship orders"), roles=(Role.WAREHOUSE, Role.OPERATIONS))
declare(
    codename=CANCEL_ORDER,
    title=_("Cancel orders, with refund"),
    roles=(Role.SERVICE,),
    sensitive=True,
)
declare(codename=CONFIRM_RECEIPT, title=_("Confirm receipt for a member"), roles=(Role.SERVICE,))
declare(codename=HAND_OVER, title=_("Hand over pick-up orders"), roles=(Role.CLERK, Role.WAREHOUSE))
declare(
    codename=NOTE_ORDER,
    title=_("Write notes on orders"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.WAREHOUSE),
)
