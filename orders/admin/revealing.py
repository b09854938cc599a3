"""The page that asks for a reason and then shows an order's address in clear."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from orders.models import Order
from orders.permissions import SEE_ADDRESS
from orders.services.revealing import reveal_address
from shop.core.console import ActionForm, ConsolePage, actor_of, console_page


@console_page
class RevealOrderPage(ConsolePage):
    """Receiver of one order; shown by POST only, so that no link and no history shows it again."""

    name = "reveal_order"
    path = "orders/<int:order_id>/reveal/"
    title = gettext_lazy("Address in clear")
    permission = SEE_ADDRESS

    def get_template_names(self) -> list[str]:
        """Return the dialog inside the order page, or a page of its own."""
        in_dialog = self.request.headers.get("HX-Request") == "true"
        return ["orders/reveal_dialog.html" if in_dialog else "orders/reveal.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the order; ask for the reason."""
        order = Order.objects.filter(pk=self.kwargs["order_id"]).first()
        if order is None:
            raise Http404
        return super().get_context_data(
            **{"order": order, "form": ActionForm(reason_required=True), **kwargs}
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Record the look and show the address."""
        form = ActionForm(request.POST, reason_required=True)
        context = self.get_context_data(form=form)
        if form.is_valid():
            context["shown"] = reveal_address(
                actor=actor_of(request), number=context["order"].number, reason=form.cleaned_data["reason"]
            )
        return self.render_to_response(context)
