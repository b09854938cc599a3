"""What clients send about member cards, and what they get. Amounts in fen."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from members.cards.models import CARD_KINDS, CardPurchase, MemberCard, MemberCardPeriod
from shop.core.api import fields
from shop.core.api.serializers import StrictSerializer
from shop.payments.api.serializers import StartedPaymentSerializer

STATES = ("running", "upcoming", "over", "taken_back")
_LONGEST_CODE = 60


class CardBody(StrictSerializer):
    """Which card the member buys."""

    card = fields.IdField()


class CardCodeBody(StrictSerializer):
    """A card code as it was typed; blanks, dashes and small letters do not matter."""

    code = fields.CharField(max_length=_LONGEST_CODE)


class CardSchema(serializers.Serializer[Any]):
    """A card on offer. ``discount_permille``: what goods cost with it, 950 is 5 per cent off."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CARD_KINDS)
    trial_days = serializers.IntegerField(allow_null=True)
    price = serializers.IntegerField()
    renewal_price = serializers.IntegerField()
    discount_permille = serializers.IntegerField()
    opening_gift = serializers.IntegerField()
    renewal_gift = serializers.IntegerField()
    description = serializers.CharField(allow_blank=True)


OFFER = inline_serializer("MemberCards", {"results": CardSchema(many=True)})


class PeriodSchema(serializers.Serializer[Any]):
    """A card of the member. ``ends_at`` is null for ever."""

    id = serializers.IntegerField()
    card = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CARD_KINDS)
    origin = serializers.ChoiceField(choices=MemberCardPeriod.Source.choices)
    state = serializers.ChoiceField(choices=STATES)
    discount_permille = serializers.IntegerField()
    gift_money = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class PurchaseSchema(serializers.Serializer[Any]):
    """A purchase of a card; ``order`` is the order that it was bought with."""

    number = serializers.CharField()
    state = serializers.ChoiceField(choices=CardPurchase.State.choices)
    card = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CARD_KINDS)
    is_renewal = serializers.BooleanField()
    amount = serializers.IntegerField()
    gift_money = serializers.IntegerField()
    order = serializers.CharField(allow_null=True)
    refunded = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    refunded_at = serializers.DateTimeField(allow_null=True)


STARTED_CARD = inline_serializer(
    "StartedCard",
    {"number": serializers.CharField(), "payment": StartedPaymentSerializer(allow_null=True)},
)


def card_body(card: MemberCard) -> dict[str, Any]:
    """Return a card on offer."""
    return {
        "id": card.pk,
        "name": card.name,
        "kind": card.kind,
        "trial_days": card.trial_days if card.kind == "trial" else None,
        "price": card.price,
        "renewal_price": card.price if card.renewal_price is None else card.renewal_price,
        "discount_permille": card.discount_permille,
        "opening_gift": card.opening_gift,
        "renewal_gift": card.renewal_gift,
        "description": card.description,
    }


def period_body(period: MemberCardPeriod, now: datetime) -> dict[str, Any]:
    """Return a card of the member as it stands ``now``."""
    return {
        "id": period.pk,
        "card": period.card_id,
        "name": period.card_name,
        "kind": period.kind,
        "origin": period.source,
        "state": _state(period, now),
        "discount_permille": period.discount_permille,
        "gift_money": period.gift_money,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
    }


def _state(period: MemberCardPeriod, now: datetime) -> str:
    if period.ended_at is not None:
        return "taken_back"
    if period.ends_at is not None and period.ends_at <= now:
        return "over"
    return "running" if period.starts_at <= now else "upcoming"


def purchase_body(purchase: CardPurchase) -> dict[str, Any]:
    """Return a purchase."""
    return {
        "number": purchase.number,
        "state": purchase.state,
        "card": purchase.card_id,
        "name": purchase.card_name,
        "kind": purchase.kind,
        "is_renewal": purchase.is_renewal,
        "amount": purchase.amount,
        "gift_money": purchase.gift_money,
        "order": purchase.order_number or None,
        "refunded": purchase.refunded,
        "created_at": purchase.created_at,
        "expires_at": purchase.expires_at,
        "paid_at": purchase.paid_at,
        "closed_at": purchase.closed_at,
        "refunded_at": purchase.refunded_at,
    }
