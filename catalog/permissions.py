"""Business actions of the catalog."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

EDIT_PRODUCT = "catalog.edit_product"
CHANGE_PRICE = "catalog.change_price"
LIST_PRODUCT = "catalog.list_product"
DELETE_PRODUCT = "catalog.delete_product"
EDIT_TAXONOMY = "catalog.edit_taxonomy"
EDIT_PLACES = "catalog.edit_places"
RECEIVE_STOCK = "catalog.receive_stock"
TAKE_STOCK = "catalog.take_stock"
SET_STOCK_LEVELS = "catalog.set_stock_levels"
SEE_STOCK = "catalog.see_stock"
SEE_PRODUCTS = "catalog.see_products"
SEE_COST = "catalog.see_cost"
IMPORT_GOODS = "catalog.import_goods"
EXPORT_GOODS = "catalog.export_goods"
SEE_HOME = "catalog.see_home"
EDIT_HOME = "catalog.edit_home"

declare(codename=EDIT_PRODUCT, title=_("Create and edit products"), roles=(Role.OPERATIONS,))
declare(codename=CHANGE_PRICE, title=_("Change prices"), roles=(Role.OPERATIONS,), sensitive=True)
declare(codename=LIST_PRODUCT, title=_("Put products on and off sale"), roles=(Role.OPERATIONS,))
declare(codename=DELETE_PRODUCT, title=_("Delete and restore products"), roles=(Role.OPERATIONS,))
declare(
    codename=EDIT_TAXONOMY,
    title=_("Edit categories, brands, tags, attributes and hot words"),
    roles=(Role.OPERATIONS,),
)
declare(
    codename=EDIT_PLACES, title=_("Edit stores, locations and freight templates"), roles=(Role.OPERATIONS,)
)
declare(codename=RECEIVE_STOCK, title=_("Book stock-in"), roles=(Role.WAREHOUSE, Role.OPERATIONS))
declare(codename=TAKE_STOCK, title=_("Book a stock-take"), roles=(Role.WAREHOUSE, Role.OPERATIONS))
declare(
    codename=SET_STOCK_LEVELS, title=_("Set stock warning levels"), roles=(Role.WAREHOUSE, Role.OPERATIONS)
)
declare(
    codename=SEE_STOCK,
    title=_("See stock"),
    roles=(
        Role.WAREHOUSE,
        Role.OPERATIONS,
        Role.SERVICE,
        Role.FINANCE,
        Role.CLERK,
        Role.AUDITOR,
    ),
)
declare(
    codename=SEE_PRODUCTS,
    title=_("See products"),
    roles=(
        Role.WAREHOUSE,
        Role.OPERATIONS,
        Role.SERVICE,
        Role.FINANCE,
        Role.CLERK,
        Role.AUDITOR,
    ),
)
declare(
    codename=SEE_COST,
    title=_("See costs of goods"),
    roles=(Role.OPERATIONS, Role.FINANCE, Role.AUDITOR),
    sensitive=True,
)
declare(
    codename=IMPORT_GOODS, title=_("Import goods from a workbook"), roles=(Role.OPERATIONS,), sensitive=True
)
declare(
    codename=EXPORT_GOODS,
    title=_("Export goods to a workbook"),
    roles=(Role.OPERATIONS, Role.FINANCE),
)
declare(
    codename=SEE_HOME,
    title=_("See the home page's sections"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.AUDITOR),
)
declare(codename=EDIT_HOME, title=_("Edit the home page"), roles=(Role.OPERATIONS,))
