"""A member on the ladder, as short sentences."""

import itertools
from typing import Any

from members.models import Member
from members.points.services import add_growth
from members.services.facts import record_paid_order, record_refund
from members.tiers.models import MemberTier, Tier, TierChange, TierGift, TierIssue
from members.tiers.queries import terms_of
from members.tiers.services.evaluating import evaluate_member
from members.wallet.queries import balance_of
from shop.core import clock
from tests.members.shoppers import Browser, browser_of

_numbers = itertools.count(1)


class Climber:
    def __init__(self, member: Member) -> None:
        self.member = member

    @property
    def id(self) -> int:
        return int(self.member.pk)

    @property
    def phone(self) -> Browser:
        return browser_of(self.member)

    def spends(self, amount: int) -> str:
        """Pay an order of so many fen; returns the tier that counts then."""
        record_paid_order(member_id=self.id, amount=amount, paid_at=clock.now())
        return self.looked_at()

    def gets_back(self, amount: int) -> str:
        record_refund(member_id=self.id, amount=amount, whole_order=False)
        return self.looked_at()

    def grows(self, amount: int) -> str:
        add_growth(member_id=self.id, amount=amount, reason="test", reference=f"g{next(_numbers)}")
        return self.looked_at()

    def looked_at(self) -> str:
        evaluate_member(member_id=self.id)
        return self.tier

    @property
    def tier(self) -> str:
        """The name of the tier that an order would be priced with."""
        terms = terms_of(self.id, [])
        return "" if terms is None else terms.name

    @property
    def row(self) -> MemberTier:
        return MemberTier.objects.select_related("tier", "earned").get(pk=self.id)

    @property
    def history(self) -> list[tuple[str, str]]:
        rows = TierChange.objects.filter(member_id=self.id).order_by("pk")
        return list(rows.values_list("reason", "after__name"))

    @property
    def issued(self) -> list[tuple[str, str, int]]:
        rows = TierIssue.objects.filter(member_id=self.id).order_by("pk")
        return list(rows.values_list("kind", "occasion", "money"))

    @property
    def gift_money(self) -> int:
        return balance_of(self.id).gift


def gift(tier: Tier, occasion: str, **what: Any) -> TierGift:
    return TierGift.objects.create(tier=tier, occasion=occasion, **what)
