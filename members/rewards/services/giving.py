"""Giving a reward: gift money, points and growth, in the lock order of their ledgers."""

from members.gifts import Gifts, grant_gifts
from members.points.services import grant_rule
from members.rewards.rules import add_gifts


def give(*, member_id: int, gifts: Gifts, reason: str, reference: str, rule: str = "") -> Gifts:
    """Give ``gifts``, and what the earning rule of kind ``rule`` adds within its caps; return all of it.

    Once for each reason and reference, in the caller's transaction. Locks wallet, points, growth.
    """
    give_money(member_id=member_id, gifts=gifts, reason=reason, reference=reference)
    by_rule = Gifts()
    if rule:
        granted = grant_rule(kind=rule, member_id=member_id, reference=reference)
        by_rule = Gifts(points=granted.points, growth=granted.growth)
    give_points(member_id=member_id, gifts=gifts, reason=reason, reference=reference)
    return add_gifts(gifts, by_rule)


def give_money(*, member_id: int, gifts: Gifts, reason: str, reference: str) -> None:
    """Give the money of ``gifts``: the wallet comes before everything else. Locks the wallet."""
    grant_gifts(member_id=member_id, gifts=Gifts(money=gifts.money), reason=reason, reference=reference)


def give_points(*, member_id: int, gifts: Gifts, reason: str, reference: str) -> None:
    """Give the points and the growth of ``gifts``. Locks points, growth."""
    rest = Gifts(points=gifts.points, growth=gifts.growth)
    grant_gifts(member_id=member_id, gifts=rest, reason=reason, reference=reference)
