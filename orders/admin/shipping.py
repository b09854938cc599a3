"""The page that packs: parcels with carrier, tracking number and quantities, sent in one go."""

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.admin.badges import all_badges
from orders.admin.page import masked_address
from orders.admin.parcels import EXAMPLES, ParcelFormSet, parcel_formset
from orders.errors import NothingToShip, OrderChanged, OrderStateRefused, TrackingUsed
from orders.models import Order, Shipment
from orders.permissions import SHIP_ORDER
from orders.queries.record import order_left, staff_actions
from orders.services.locking import standing_of
from orders.services.shipping import ship_parcels
from orders.showing import spec_text
from shop.core.console import ConsolePage, actor_of, console_page, refusal_text
from shop.core.errors import ShopError

_FIELD = re.compile(r"parcels\.(?P<place>\d+)\.(?P<field>\w+)")


@console_page
class ShipOrderPage(ConsolePage):
    """Ships one order. What was typed stays on the page until it is sent or thrown away."""

    name = "ship_order"
    path = "orders/<int:order_id>/ship/"
    title = gettext_lazy("Ship the order")
    permission = SHIP_ORDER
    template_name = "orders/ship.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the order, what is left of it, and the parcels."""
        order = self._order()
        unsent = order_left(order)
        formset = kwargs.pop("formset", None) or parcel_formset(order, unsent, carrier=_last_carrier())
        return super().get_context_data(
            **{
                "order": order,
                "badges": all_badges(order),
                "can_ship": "ship" in staff_actions(order) and bool(unsent),
                "unsent": [{"portion": one, "spec": spec_text(one.line.spec)} for one in unsent],
                "receiver": masked_address(order),
                "formset": formset,
                "examples": EXAMPLES,
                "seen": standing_of(order),
                "back": reverse("admin:orders_order_change", args=[order.pk]),
                **kwargs,
            }
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send everything, or nothing and say why."""
        order = self._order()
        formset = parcel_formset(order, order_left(order), data=request.POST)
        seen = request.POST.get("seen", "")
        if "ship" not in staff_actions(order):
            return self._refused(order, formset, OrderStateRefused(status=order.status))
        if standing_of(order) != seen:
            return self._refused(order, formset, OrderChanged(status=order.status))
        if not formset.is_valid():
            return self.render_to_response(self.get_context_data(formset=formset))
        try:
            shipments = ship_parcels(
                actor=actor_of(request), number=order.number, parcels=formset.parcels(), seen=seen
            )
        except ShopError as refusal:
            return self._refused(order, formset, refusal)
        return self._done(order, len(shipments))

    def _order(self) -> Order:
        order = Order.objects.filter(pk=self.kwargs["order_id"]).select_related("store").first()
        if order is None:
            raise Http404
        return order

    def _refused(self, order: Order, formset: ParcelFormSet, refusal: ShopError) -> HttpResponse:
        """Show the refusal where it belongs, beside everything that was typed."""
        changed = isinstance(refusal, OrderChanged | OrderStateRefused)
        if changed:
            # The quantities that are left may be others now: read them anew, keep what was typed.
            order = self._order()
            formset = parcel_formset(order, order_left(order), data=self.request.POST)
        elsewhere = [] if changed else _place_errors(formset, refusal)
        context = self.get_context_data(formset=formset, changed=changed, errors=elsewhere)
        return self.render_to_response(context, status=200)

    def _done(self, order: Order, count: int) -> HttpResponse:
        text = ngettext("%(count)d parcel shipped.", "%(count)d parcels shipped.", count) % {"count": count}
        messages.success(self.request, text)
        return redirect(reverse("admin:orders_order_change", args=[order.pk]))


def _last_carrier() -> str:
    """Return the carrier of the shop's latest parcel: most parcels go with the same one."""
    latest = Shipment.objects.exclude(carrier="").order_by("-pk").values_list("carrier", flat=True)
    return latest.first() or ""


def _place_errors(formset: ParcelFormSet, refusal: ShopError) -> list[str]:
    """Put a refusal at the fields it is about; return what belongs to no field."""
    if isinstance(refusal, TrackingUsed):
        for form in formset.forms:
            if form.cleaned_data.get("tracking") == refusal.extra.get("tracking"):
                form.add_error("tracking", str(refusal.title))
        return []
    if isinstance(refusal, NothingToShip):
        return [_("There are not that many pieces left. Please look at the quantities again.")]
    elsewhere = []
    for error in refusal.errors:
        match = _FIELD.fullmatch(error.field)
        place = int(match["place"]) if match else len(formset.forms)
        if match and place < len(formset.forms) and match["field"] in formset.forms[place].fields:
            formset.forms[place].add_error(match["field"], str(error.detail))
        else:
            elsewhere.append(str(error.detail))
    return elsewhere if refusal.errors else [refusal_text(refusal)]
