"""What staff may do with money."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

declare(
    codename="payments.view_payment",
    title=_("See payments, refunds and transfers"),
    roles=(Role.FINANCE, Role.SERVICE, Role.OPERATIONS, Role.AUDITOR),
)
declare(
    codename="payments.query_payment",
    title=_("Ask WeChat about a payment now"),
    roles=(Role.FINANCE, Role.SERVICE, Role.OPERATIONS),
)
declare(
    codename="payments.refund_payment",
    title=_("Refund a payment"),
    roles=(Role.FINANCE, Role.SERVICE),
    sensitive=True,
)
declare(
    codename="payments.approve_refund",
    title=_("Confirm a refund as the second person"),
    roles=(Role.FINANCE,),
    sensitive=True,
)
declare(
    codename="payments.retry_refund",
    title=_("Retry or give up a refund"),
    roles=(Role.FINANCE,),
    sensitive=True,
)
declare(
    codename="payments.redirect_refund",
    title=_("Send a refund to a bank card"),
    roles=(Role.FINANCE,),
    sensitive=True,
)
declare(
    codename="payments.resolve_incident",
    title=_("Resolve a payment incident"),
    roles=(Role.FINANCE,),
    sensitive=True,
)
declare(
    codename="payments.manage_transfer",
    title=_("Retry or cancel a transfer"),
    roles=(Role.FINANCE,),
    sensitive=True,
)
