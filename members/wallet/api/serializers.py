"""What clients send about wallets, and what they get."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from members.wallet.models import Recharge, RechargePackage, WalletEntry
from members.wallet.queries import Movement
from members.wallet.rules import Split
from members.wallet.wording import reason_text
from shop.core.api import fields
from shop.core.api.pagination import CursorQuery
from shop.core.api.serializers import StrictSerializer
from shop.payments.api.serializers import StartedPaymentSerializer

PASSWORD_MIN, PASSWORD_MAX = 6, 32


class PasswordField(fields.CharField):
    """A payment password as it is typed: nothing is stripped, nothing is echoed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_length=PASSWORD_MIN, max_length=PASSWORD_MAX, trim_whitespace=False, write_only=True, **kwargs
        )


class PasswordBody(StrictSerializer):
    """A new payment password, and a fresh code of ``wx.login`` or of the phone button as proof."""

    password = PasswordField()
    code = fields.CharField(required=False, max_length=200)
    phone_code = fields.CharField(required=False, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a body with both codes, or none."""
        if bool(attrs.get("code")) == bool(attrs.get("phone_code")):
            detail = _("Send either code or phone_code.")
            raise serializers.ValidationError({"code": [serializers.ErrorDetail(detail, code="one_of")]})
        return attrs


class VerificationBody(StrictSerializer):
    """The payment password."""

    password = fields.CharField(max_length=PASSWORD_MAX, trim_whitespace=False)


class RechargeBody(StrictSerializer):
    """A package, or a free amount in fen."""

    package = fields.IdField(required=False)
    amount = fields.FenField(required=False, min_value=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a body that names both, or neither."""
        if ("package" in attrs) == ("amount" in attrs):
            detail = _("Name either package or amount.")
            raise serializers.ValidationError({"package": [serializers.ErrorDetail(detail, code="one_of")]})
        return attrs


class EntriesQuery(CursorQuery):
    """Which entries to list."""

    account = fields.ChoiceField(choices=("principal", "gift"), required=False)


WALLET = inline_serializer(
    "Wallet",
    {
        "principal": serializers.IntegerField(),
        "gift": serializers.IntegerField(),
        "balance": serializers.IntegerField(),
        "has_password": serializers.BooleanField(),
        "password_required": serializers.BooleanField(),
        "free_payment": serializers.IntegerField(),
        "free_day": serializers.IntegerField(),
    },
)
WALLET_TOKEN = inline_serializer(
    "WalletToken",
    {"wallet_token": serializers.CharField(), "expires_in": serializers.IntegerField()},
)


class EntrySchema(serializers.Serializer[Any]):
    """One movement."""

    id = serializers.IntegerField()
    account = serializers.ChoiceField(choices=("principal", "gift"))
    amount = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    reason = serializers.CharField()
    title = serializers.CharField()
    reference = serializers.CharField()
    created_at = serializers.DateTimeField()


_MOVEMENT = ("opening", "in", "out", "closing")


def _movement_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    return {name: serializers.IntegerField() for name in _MOVEMENT}


STATEMENT = inline_serializer(
    "WalletStatement",
    {
        "month": serializers.CharField(),
        **_movement_fields(),
        "principal": inline_serializer("WalletPrincipalMonth", _movement_fields()),
        "gift": inline_serializer("WalletGiftMonth", _movement_fields()),
    },
)


class PackageSchema(serializers.Serializer[Any]):
    """A recharge package."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    price = serializers.IntegerField()
    gift_money = serializers.IntegerField()
    gift_points = serializers.IntegerField()
    gift_growth = serializers.IntegerField()
    gift_card = serializers.IntegerField(allow_null=True)
    limit_per_member = serializers.IntegerField(allow_null=True)


class OfferSchema(serializers.Serializer[Any]):
    """Everything a member can recharge. ``free`` is null when free amounts are not taken."""

    results = PackageSchema(many=True)
    free = inline_serializer(
        "FreeRecharge",
        {"minimum": serializers.IntegerField(), "maximum": serializers.IntegerField()},
        allow_null=True,
    )
    opening_gift = inline_serializer(
        "OpeningGift",
        {"amount": serializers.IntegerField(), "from": serializers.IntegerField()},
        allow_null=True,
    )


class RechargeSchema(serializers.Serializer[Any]):
    """One recharge."""

    number = serializers.CharField()
    state = serializers.ChoiceField(choices=Recharge.State.choices)
    package = serializers.IntegerField(allow_null=True)
    package_name = serializers.CharField(allow_blank=True)
    amount = serializers.IntegerField()
    gift_money = serializers.IntegerField()
    gift_points = serializers.IntegerField()
    gift_growth = serializers.IntegerField()
    opening_gift = serializers.IntegerField()
    refunded = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    refunded_at = serializers.DateTimeField(allow_null=True)


STARTED_RECHARGE = inline_serializer(
    "StartedRecharge", {"number": serializers.CharField(), "payment": StartedPaymentSerializer()}
)


def balance_body(balance: Split) -> dict[str, int]:
    """Return a balance as the API shows it."""
    return {"principal": balance.principal, "gift": balance.gift, "balance": balance.total}


def entry_body(entry: WalletEntry) -> dict[str, Any]:
    """Return one movement."""
    return {
        "id": entry.pk,
        "account": entry.account,
        "amount": entry.amount,
        "balance_after": entry.balance_after,
        "reason": entry.reason,
        "title": reason_text(entry.reason),
        "reference": entry.reference,
        "created_at": entry.created_at,
    }


def movement_body(movement: Movement) -> dict[str, int]:
    """Return what happened to one balance: ``closing = opening + in - out``."""
    return {
        "opening": movement.opening,
        "in": movement.incoming,
        "out": movement.outgoing,
        "closing": movement.closing,
    }


def package_body(package: RechargePackage) -> dict[str, Any]:
    """Return a recharge package."""
    return {
        "id": package.pk,
        "name": package.name,
        "price": package.price,
        "gift_money": package.gift_money,
        "gift_points": package.gift_points,
        "gift_growth": package.gift_growth,
        "gift_card": package.gift_card,
        "limit_per_member": package.limit_per_member,
    }


def recharge_body(recharge: Recharge) -> dict[str, Any]:
    """Return a recharge."""
    return {
        "number": recharge.number,
        "state": recharge.state,
        "package": recharge.package_id,
        "package_name": recharge.package_name,
        "amount": recharge.amount,
        "gift_money": recharge.gift_money,
        "gift_points": recharge.gift_points,
        "gift_growth": recharge.gift_growth,
        "opening_gift": recharge.opening_gift,
        "refunded": recharge.refunded,
        "created_at": recharge.created_at,
        "expires_at": recharge.expires_at,
        "paid_at": recharge.paid_at,
        "closed_at": recharge.closed_at,
        "refunded_at": recharge.refunded_at,
    }
