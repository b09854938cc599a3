"""What clients read about tiers."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers


class _Answer(serializers.Serializer[object]):
    """A shape that is only described."""


class BenefitSchema(_Answer):
    """One benefit: ``value`` is its figure if it has one (per mille, times a month, minutes)."""

    kind = serializers.ChoiceField(
        choices=(
            "discount",
            "member_prices",
            "free_freight",
            "points",
            "member_day",
            "level_up_gift",
            "birthday_gift",
            "monthly_gift",
            "early_access",
            "service_contact",
        )
    )
    value = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()


class ReachSchema(_Answer):
    """Figures of which any one reaches the tier; null does not count. ``spent`` in fen."""

    growth = serializers.IntegerField(allow_null=True)
    spent = serializers.IntegerField(allow_null=True)
    orders = serializers.IntegerField(allow_null=True)


class TierSchema(_Answer):
    """A tier and what it gives; ``kept_months`` is null for one that is kept for good."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    level = serializers.IntegerField()
    description = serializers.CharField(allow_blank=True)
    image = serializers.CharField(allow_blank=True)
    reached_by = ReachSchema()
    kept_months = serializers.IntegerField(allow_null=True)
    benefits = BenefitSchema(many=True)


class DistanceSchema(_Answer):
    """How far one figure is from where it should be; ``spent`` in fen."""

    basis = serializers.ChoiceField(choices=("growth", "spent", "orders"))
    needed = serializers.IntegerField()
    current = serializers.IntegerField()
    left = serializers.IntegerField()


class KeepingSchema(_Answer):
    """Until when the earned tier is kept, and what keeps it again: any one of ``needed``."""

    until = serializers.DateField()
    grace_until = serializers.DateField()
    is_kept = serializers.BooleanField()
    needed = DistanceSchema(many=True)


class NextTierSchema(_Answer):
    """The next tier that can be reached, how far it is, and which benefits it adds."""

    tier = TierSchema()
    distance = DistanceSchema(many=True)
    adds = BenefitSchema(many=True)


class OverviewSchema(_Answer):
    """Where a member stands. ``until`` ends what a card or a decision of the shop gave."""

    tier = TierSchema(allow_null=True)
    source = serializers.ChoiceField(choices=("earned", "card", "hand"), allow_null=True)  # type: ignore[assignment]
    since = serializers.DateField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    growth = serializers.IntegerField()
    spent = serializers.IntegerField()
    orders = serializers.IntegerField()
    keep = KeepingSchema(allow_null=True)
    next = NextTierSchema(allow_null=True)
    free_freight_left = serializers.IntegerField(allow_null=True)
    is_member_day = serializers.BooleanField()
    service_contact = serializers.CharField(allow_blank=True)


TIER_PAGE = inline_serializer(
    "TierPage",
    {
        "results": TierSchema(many=True),
        "next": serializers.CharField(allow_null=True),
        "previous": serializers.CharField(allow_null=True),
    },
)
