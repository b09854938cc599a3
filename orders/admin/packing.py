"""The slip that goes into the parcel, or lies beside the person who packs it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin.page import masked_address
from orders.models import Order
from orders.permissions import SEE_ADDRESS, SEE_ORDERS
from orders.services.revealing import reveal_address
from orders.showing import spec_text
from shop.core.console import ConsolePage, actor_of, console_page, may


@console_page
class PackingSlipPage(ConsolePage):
    """To print. Asked for by POST it carries the address in clear, which is recorded; otherwise masked."""

    name = "packing_slip"
    path = "orders/<int:order_id>/packing-slip/"
    title = gettext_lazy("Packing slip")
    permission = SEE_ORDERS
    template_name = "orders/packing_slip.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what is to be packed."""
        orders = Order.objects.select_related("store").prefetch_related("lines")
        order = orders.filter(pk=self.kwargs["order_id"]).first()
        if order is None:
            raise Http404
        lines = [
            {"line": line, "spec": spec_text(line.spec), "left": line.quantity - line.shipped_quantity}
            for line in order.lines.all()
        ]
        pieces = sum(line.quantity - line.shipped_quantity for line in order.lines.all())
        return super().get_context_data(
            **{
                "order": order,
                "lines": lines,
                "pieces": pieces,
                "receiver": masked_address(order),
                "may_reveal": may(self.request.user, SEE_ADDRESS) and bool(order.address),
                **kwargs,
            }
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it with the address in clear, on the record."""
        context = self.get_context_data()
        shown = reveal_address(
            actor=actor_of(request), number=context["order"].number, reason=_("Packing slip")
        )
        return self.render_to_response({**context, "shown": shown.fields, "may_reveal": False})
