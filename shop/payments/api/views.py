"""GET /payments/{number}."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from shop.core.api.views import ShopView
from shop.payments.api.serializers import PaymentSerializer
from shop.payments.queries import payment_of_member
from shop.payments.services.refreshing import refresh_payment


class PaymentView(ShopView):
    """One payment of the member's, for whatever it pays."""

    @extend_schema(operation_id="get_payment", responses={200: PaymentSerializer}, tags=["payments"])
    def get(self, request: Request, number: str) -> Response:
        """Tell how a payment stands.

        While it is open WeChat is asked, at most every three seconds; when WeChat is slow the answer is
        what we know. Another member's payment is not found.
        """
        payment = refresh_payment(payment=payment_of_member(member_id=self.member_id, number=number))
        return Response(PaymentSerializer(payment).data, headers={"Cache-Control": "no-store"})
