"""How a payment looks to shoppers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from shop.payments.models import Payment
from shop.payments.services.starting import StartedPayment


class WechatParametersSerializer(serializers.Serializer[Any]):
    """What ``wx.requestPayment`` is given."""

    timeStamp = serializers.CharField()  # noqa: N815  WeChat's spelling
    nonceStr = serializers.CharField()  # noqa: N815
    package = serializers.CharField()
    signType = serializers.CharField()  # noqa: N815
    paySign = serializers.CharField()  # noqa: N815


class StartedPaymentSerializer(serializers.Serializer[Any]):
    """The answer of every action that starts a payment. ``wechat`` is null for the wallet."""

    number = serializers.CharField()
    method = serializers.ChoiceField(choices=Payment.Method.choices)
    amount = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Payment.State.choices)
    wechat = WechatParametersSerializer(allow_null=True)


def started_body(started: StartedPayment) -> dict[str, Any]:
    """Return a started payment as ``StartedPaymentSerializer`` describes it."""
    return {
        "number": started.number,
        "method": started.method,
        "amount": started.amount,
        "status": started.status,
        "wechat": started.wechat,
    }


class PayableSerializer(serializers.Serializer[Any]):
    """What is paid for."""

    kind = serializers.CharField(source="payable_kind")
    number = serializers.CharField(source="payable_number")


class PaymentSerializer(serializers.Serializer[Any]):
    """A payment as it stands. ``refunded`` is what the payer has back, ``refunding`` what is on its way
    (fen)."""

    number = serializers.CharField()
    method = serializers.ChoiceField(choices=Payment.Method.choices)
    part = serializers.ChoiceField(choices=Payment.Part.choices)
    amount = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Payment.State.choices, source="state")
    paid = serializers.IntegerField(source="captured")
    refunded = serializers.IntegerField()
    refunding = serializers.SerializerMethodField()
    payable = PayableSerializer(source="*")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(int)
    def get_refunding(self, payment: Payment) -> int:
        """Fen that were promised back and have not arrived."""
        return payment.refund_committed - payment.refunded
