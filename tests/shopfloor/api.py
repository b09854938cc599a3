"""The bill counter: the three requests with which a client places, pays and gets back a bill."""

from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from shop.core.actors import Actor
from shop.core.api import fields
from shop.core.api.serializers import StrictSerializer
from shop.core.api.views import ShopView
from shop.core.errors import NotFound
from shop.core.idempotency import Claim, idempotent_call, idempotent_transaction
from shop.payments.models import Payment
from shop.payments.services.refunds import request_refund
from shop.payments.services.starting import start_payment
from tests.shopfloor.models import Bill
from tests.shopfloor.payable import KIND, place_bill


class BillBody(StrictSerializer):
    amount = fields.FenField(min_value=1)


class PaymentBody(StrictSerializer):
    openid = fields.CharField(max_length=64)


class RefundBody(StrictSerializer):
    payment = fields.CharField(max_length=32)


class BillsView(ShopView):
    @idempotent_transaction
    def post(self, request: Request) -> Response:
        bill = place_bill(amount=self.read_body(BillBody)["amount"], member_id=self.member_id, minutes=None)
        return Response({"number": bill.number}, status=201)


class BillPaymentsView(ShopView):
    @idempotent_call
    def post(self, request: Request, number: str, claim: Claim) -> Response:
        started = start_payment(
            actor=self.actor,
            payable_kind=KIND,
            payable_number=number,
            openid=self.read_body(PaymentBody)["openid"],
            claim=claim,
        )
        return Response({"number": started.number, "wechat": started.wechat}, status=201)


class BillRefundsView(ShopView):
    @idempotent_transaction
    def post(self, request: Request, number: str) -> Response:
        bill = Bill.objects.filter(number=number, member_id=self.member_id).first()
        if bill is None:
            raise NotFound
        payment = Payment.objects.get(number=self.read_body(RefundBody)["payment"])
        ticket = request_refund(
            actor=Actor.system("bill counter"),
            payment_number=payment.number,
            amount=payment.captured,
            reason="changed my mind",
            reference=f"bill:{bill.number}",
        )
        assert ticket.refund is not None
        answer: dict[str, Any] = {"number": ticket.refund.number, "amount": ticket.refund.amount}
        return Response(answer, status=201)


urlpatterns = [
    path("bills", BillsView.as_view()),
    path("bills/<number:number>/payments", BillPaymentsView.as_view()),
    path("bills/<number:number>/refunds", BillRefundsView.as_view()),
]
