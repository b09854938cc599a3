"""The order list and the order page."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from orders.admin.columns import (
    amount_column,
    fulfilment_column,
    goods_column,
    member_column,
    order_column,
    payment_column,
    status_column,
)
from orders.admin.filters import MemberFilter, TabFilter, tabs
from orders.admin.forms import CancelForm, CodeForm, CommentForm, NoteForm
from orders.admin.page import cancel_warning, order_page
from orders.errors import OrderChanged, PickupCodeWrong
from orders.models import Order
from orders.permissions import (
    CANCEL_ORDER,
    CONFIRM_RECEIPT,
    HAND_OVER,
    NOTE_ORDER,
    SEE_ORDERS,
    SHIP_ORDER,
)
from orders.queries.orders import count_for_staff
from orders.queries.record import order_record, staff_actions
from orders.queries.staff import search_orders
from orders.services.cancelling import UNPAID, cancel_order
from orders.services.notes import comment_order, note_order
from orders.services.receiving import confirm_receipt
from orders.services.shipping import hand_over
from orders.states import PAID, Status
from shop.core.console import (
    BoundedPaginator,
    DayRangeFilter,
    NavGroup,
    ReadOnlyAdmin,
    YuanRangeFilter,
    actor_of,
    console_action,
    may,
    money_text,
)
from shop.core.errors import FieldError, InvalidInput


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """What members bought. Only services move an order; each button is one of them."""

    view_permission = SEE_ORDERS
    nav_group = NavGroup.ORDERS
    nav_icon = "receipt_long"
    nav_order = 10
    nav_hint = gettext_lazy("Paid orders whose goods wait to be sent.")
    list_display = (
        order_column,
        goods_column,
        member_column,
        amount_column,
        status_column,
        payment_column,
        fulfilment_column,
    )
    list_filter = (
        TabFilter,
        MemberFilter,
        ("payment_status", ChoicesDropdownFilter),
        ("fulfilment_status", ChoicesDropdownFilter),
        ("delivery", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
        ("payable", YuanRangeFilter),
    )
    list_filter_sheet = True
    list_before_template = "orders/tabs.html"
    paginator = BoundedPaginator
    sortable_by = ()
    search_fields = ("number",)
    search_help_text = gettext_lazy("Order, tracking, SKU, transaction number or whole phone")
    ordering = ("-pk",)
    actions_detail = ("ship", "hand_over", "confirm", "note", "cancel", "comment")

    class Media:
        css = {"all": ("orders/orders.css",)}

    def nav_badge(self, request: HttpRequest) -> int:
        """How many orders wait to be shipped, for those who ship."""
        return int(count_for_staff()["to_ship"]) if may(request.user, SHIP_ORDER) else 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """Read members and lines with the orders."""
        orders: QuerySet[Order] = super().get_queryset(request)
        return orders.select_related("member").prefetch_related("lines")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Look the term up where it can stand, through indexes only."""
        return search_orders(queryset, search_term), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Put the tabs above the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        response: HttpResponse = super().changelist_view(
            request, {"order_tabs": tabs(request), "title": _("Orders"), **(extra_context or {})}
        )
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one order; nothing is saved here."""
        if object_id is None or request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        order = self.get_object(request, unquote(object_id))
        if order is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        record = order_record(order)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": order,
            "title": order.number,
            "media": self.media,
            **order_page(request, record),
            "buttons": self._buttons(request, order),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "orders/order.html", context)

    def _buttons(self, request: HttpRequest, order: Order) -> list[dict[str, Any]]:
        """Return the actions that this person may carry out on an order as it stands."""
        offered = staff_actions(order)
        allowed = self.get_actions_detail(request, order.pk)
        shown = [entry for entry in allowed if entry.method.original_function_name in offered]
        names = [entry.method.original_function_name for entry in shown]
        buttons: list[dict[str, Any]] = self._get_actions_navigation(names, shown, str(order.pk))
        return buttons

    @action(  # type: ignore[untyped-decorator]
        description=gettext_lazy("Ship"),
        url_path="ship",
        icon="local_shipping",
        variant=ActionVariant.PRIMARY,
    )
    def ship(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that packs parcels."""
        return redirect(reverse("admin:ship_order", args=[object_id]))

    ship.console_permission = SHIP_ORDER

    @console_action(
        permission=HAND_OVER,
        title=gettext_lazy("Hand over"),
        confirm=gettext_lazy("Ask for the code that the member's order shows."),
        form=CodeForm,
        icon="storefront",
        variant=ActionVariant.PRIMARY,
    )
    def hand_over(self, request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
        """The member is at the counter."""
        try:
            hand_over(actor=actor_of(request), number=order.number, code=data["code"])
        except PickupCodeWrong as refusal:
            raise InvalidInput(errors=[FieldError("code", refusal.code, str(refusal.title))]) from refusal
        return _("Handed over. The order is received.")

    @console_action(
        permission=CONFIRM_RECEIPT,
        title=gettext_lazy("Confirm receipt"),
        confirm=gettext_lazy("Only when the member says that everything has arrived."),
        reason_required=True,
        icon="task_alt",
    )
    def confirm(self, request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
        """The member says so by other means."""
        confirm_receipt(actor=actor_of(request), number=order.number, reason=data["reason"])
        return _("The order is received.")

    @console_action(
        permission=NOTE_ORDER, title=gettext_lazy("Staff note"), form=NoteForm, icon="sticky_note_2"
    )
    def note(self, request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
        """Write what colleagues should know."""
        note_order(actor=actor_of(request), number=order.number, note=data["note"], former=data["former"])
        return _("Noted.")

    @console_action(permission=NOTE_ORDER, title=gettext_lazy("Comment"), form=CommentForm)
    def comment(self, request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
        """Say something in the timeline."""
        comment_order(actor=actor_of(request), number=order.number, text=data["text"], key=data["key"])
        return _("Your comment is in the timeline.")

    @console_action(
        permission=CANCEL_ORDER,
        title=gettext_lazy("Cancel the order"),
        confirm=cancel_warning,
        form=CancelForm,
        reason_required=True,
        icon="cancel",
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
        """End it before it is on its way."""
        unpaid = order.status in UNPAID
        ended = cancel_order(
            actor=actor_of(request), number=order.number, reason=data["reason"], seen=data["seen"]
        )
        if unpaid and ended.status in PAID:
            detail = _("The payment has come in meanwhile. Cancel again if the money is to go back.")
            raise OrderChanged(detail, status=ended.status)
        if ended.status == Status.CLOSING:
            return _("It is being closed: WeChat has not yet confirmed that nothing was paid.")
        if ended.paid > ended.refunded:
            return _("Cancelled. %(amount)s is on its way back.") % {
                "amount": money_text(ended.paid - ended.refunded)
            }
        return _("Cancelled. Its goods are free again.")
