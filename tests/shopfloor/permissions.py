"""Business actions of the test-suite."""

from shop.core.permissions import Role, declare

declare(codename="shopfloor.pay_out", title="Pay out", roles=(Role.SERVICE,))
declare(
    codename="shopfloor.approve_pay_out", title="Approve paying out", roles=(Role.FINANCE,), sensitive=True
)
