"""Finding a product by a few words or its number, for the fields that name one."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy

from catalog.models import Product
from catalog.queries import known_products
from shop.core.console import ConsolePage, console_page
from shop.storefront.permissions import FIND_PRODUCT

MOST = 10


@console_page
class ProductLookup(ConsolePage):
    """Products for a field that names one."""

    name = "storefront_lookup"
    path = "storefront/lookup/"
    title = gettext_lazy("Find a product")
    permission = FIND_PRODUCT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Answer at most ten products whose title contains ``q`` or whose number it is."""
        text = request.GET.get("q", "").replace("\x00", "").strip()[:60]
        if not text:
            return JsonResponse({"results": []})
        wanted = Q(title__icontains=text)
        if text.isascii() and text.isdigit() and len(text) < 19:
            wanted |= Q(pk=int(text))
        found = Product.objects.filter(wanted, is_deleted=False).order_by("-sales", "-id")
        ids = list(found.values_list("id", flat=True)[:MOST])
        products = known_products(ids)
        return JsonResponse({"results": [products[pk] for pk in ids]})
