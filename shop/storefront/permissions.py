"""Business actions of the storefront."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

EDIT_RELATED = "storefront.edit_related"
FIND_PRODUCT = "storefront.find_product"

declare(codename=EDIT_RELATED, title=_("Choose related products"), roles=(Role.OPERATIONS,))
declare(
    codename=FIND_PRODUCT,
    title=_("Find products while decorating the shop"),
    roles=(Role.OPERATIONS,),
)
