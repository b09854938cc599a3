"""What goes with a product: what shoppers see now, and staff's pins and blocks."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.queries import known_products
from shop.core.console import ConsolePage, NavGroup, actor_of, console_page, refusal_text
from shop.core.errors import ShopError
from shop.storefront.models import RelatedChoice
from shop.storefront.permissions import EDIT_RELATED
from shop.storefront.queries.related import Relation, relations_of
from shop.storefront.services.related import choose_related, forget_choice

SHOWN = 20


@console_page
class RelatedPage(ConsolePage):
    """Pick a product; see what goes with it; pin and block."""

    name = "related_products"
    path = "related/"
    title = gettext_lazy("Related products")
    template_name = "storefront/related.html"
    permission = EDIT_RELATED
    nav_group = NavGroup.CATALOG
    nav_icon = "linked_services"
    nav_order = 70

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the product, what shoppers see with it, and what staff chose."""
        product_id = _number(self.request.GET.get("product"))
        context = {"lookup": reverse("admin:storefront_lookup"), "product": None}
        if product_id is not None:
            context |= _about(product_id)
        return super().get_context_data(**context, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Pin, block or forget one pair."""
        product_id, other_id = _number(request.POST.get("product")), _number(request.POST.get("other"))
        back = reverse("admin:related_products") + (f"?product={product_id}" if product_id else "")
        if product_id is None or other_id is None:
            messages.error(request, _("Choose the product."))
            return HttpResponseRedirect(back)
        actor, action = actor_of(request), request.POST.get("do", "")
        try:
            if action == "forget":
                forget_choice(actor=actor, product_id=product_id, other_id=other_id)
            else:
                choose_related(actor=actor, product_id=product_id, other_id=other_id, kind=action)
        except ShopError as refusal:
            messages.error(request, refusal_text(refusal))
        return HttpResponseRedirect(back)


def _about(product_id: int) -> dict[str, Any]:
    choices = list(RelatedChoice.objects.filter(product=product_id))
    relations = relations_of(product_id, limit=SHOWN)
    ids = {product_id, *(choice.other_id for choice in choices), *(row.product_id for row in relations)}
    products = known_products(ids)
    shown = {row.product_id for row in relations}
    return {
        "product": products.get(product_id),
        "shown": [
            {"product": products[row.product_id], "why": _why(row), "is_pinned": row.reason == "pin"}
            for row in relations
        ],
        "absent": [
            products[choice.other_id]
            for choice in choices
            if choice.kind == RelatedChoice.Kind.PIN and choice.other_id not in shown
        ],
        "blocked": [
            products[choice.other_id] for choice in choices if choice.kind == RelatedChoice.Kind.BLOCK
        ],
    }


def _why(row: Relation) -> str:
    if row.reason == "pin":
        return _("pinned")
    if row.reason == "bought":
        text = ngettext("in %(count)d order together", "in %(count)d orders together", row.score)
        return text % {"count": row.score}
    return _("same category or tags")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
