"""What the demonstration's shoppers have behind them, so that the pages about members' money show something.

Everything goes through the services that real deeds go through; what the rules of the shop give for them is
given. A member who has points or growth already is left alone.
"""

from dataclasses import dataclass

from members.cards.models import MemberCard
from members.gifts import Gifts, grant_gifts
from members.models import Member
from members.points.models import GrowthEntry, PointsEntry, RewardKind
from members.points.services import grant_rule
from members.rewards.services.checking_in import check_in
from members.tiers.services.evaluating import evaluate_member
from shop.core.crypto import hash_phone
from shop.core.db import in_transaction


@dataclass(frozen=True, slots=True)
class History:
    """Deeds by kind and how often, then gifts: ``growth`` and ``points``, ``money`` in fen, a card's name."""

    phone: str
    deeds: tuple[tuple[str, int], ...]
    growth: int = 0
    points: int = 0
    money: int = 0
    card: str = ""
    checks_in: bool = False


_HISTORIES = (
    History(
        phone="13800138001",
        deeds=((RewardKind.SIGN_UP, 1), (RewardKind.PROFILE, 1), (RewardKind.REVIEW, 3)),
        growth=800,
        points=1_200,
        money=5_000,
        card="优享季卡",
        checks_in=True,
    ),
    History(phone="13800138002", deeds=((RewardKind.SIGN_UP, 1), (RewardKind.SHARE, 2)), money=1_000),
)


def load_histories() -> str:
    """Give the demonstration's shoppers their histories; safe to repeat."""
    return f"{sum(_live(history) for history in _HISTORIES)} histories"


def _live(history: History) -> bool:
    member = Member.objects.filter(phone_hash=hash_phone(history.phone)).first()
    if member is None or _has_lived(member.pk):
        return False
    _reward(member.pk, history)
    # In a transaction of its own, as after every deed: tiers are locked before the ledgers.
    evaluate_member(member_id=member.pk)
    return True


@in_transaction
def _reward(member_id: int, history: History) -> None:
    card = MemberCard.objects.filter(name=history.card).values_list("pk", flat=True).first()
    gifts = Gifts(money=history.money, points=history.points, growth=history.growth, card=card)
    grant_gifts(member_id=member_id, gifts=gifts, reference="demo")
    for kind, times in history.deeds:
        for number in range(times):
            grant_rule(kind=kind, member_id=member_id, reference=f"demo:{number}")
    if history.checks_in:
        check_in(member_id=member_id)


def _has_lived(member_id: int) -> bool:
    entries = (PointsEntry.objects, GrowthEntry.objects)
    return any(found.filter(account=member_id).exists() for found in entries)
