"""Which money movements wait for a second person."""

from django.utils.translation import gettext_lazy as _

from shop.core.approvals import declare

declare(
    action="payments.refund_payment",
    title=_("Refund a payment"),
    executor="shop.payments.services.refunds.execute_held_refund",
    approve_permission="payments.approve_refund",
)
