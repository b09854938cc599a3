"""What orders earn: visible as pending when they are paid, credited when nobody can return them any more."""

from datetime import datetime, timedelta

from members.points.models import PendingReward, RewardKind
from members.points.rules import PERMILLE, order_reward, reversed_share
from members.points.services.accounts import lock_points
from members.points.services.earning import earn_points
from members.points.services.granting import Granted, rule_of, take_from_day
from members.points.services.growth import add_growth, take_back_growth
from members.points.services.spending import take_back_points
from shop.core import clock
from shop.core.db import claim_rows, in_transaction, lock_rows
from shop.core.runtime import value

ORDER = RewardKind.ORDER.value
TAKEN_BACK = "order_taken_back"
BATCH = 500


def orders_earn() -> bool:
    """Return whether there is a rule by which orders earn anything. One query."""
    return rule_of(ORDER) is not None


@in_transaction
def expect_reward(
    *, member_id: int, reference: str, paid: int, multiplier_permille: int = PERMILLE
) -> PendingReward | None:
    """Write down what ``paid`` fen of goods will earn, once for each order; ``None`` when that is nothing.

    ``multiplier_permille`` multiplies points, not growth. The caps of the day of payment apply. Locks the
    points account.
    """
    rule = rule_of(ORDER)
    if rule is None:
        return None
    wanted = Granted(
        order_reward(
            paid=paid, per_fen=rule.per_fen, reward=rule.points, multiplier_permille=multiplier_permille
        ),
        order_reward(paid=paid, per_fen=rule.per_fen, reward=rule.growth),
    )
    if wanted == Granted():
        return None
    lock_points(member_id)
    known = PendingReward.objects.filter(kind=ORDER, reference=reference).first()
    if known is not None:
        return known
    granted = take_from_day(rule, member_id=member_id, wanted=wanted)
    if granted == Granted():
        return None
    return PendingReward.objects.create(
        member_id=member_id,
        reference=reference,
        points=granted.points,
        growth=granted.growth,
        created_at=clock.now(),
    )


@in_transaction
def release_reward(*, reference: str, at: datetime) -> None:
    """Say that the order was completed at ``at``: its reward is credited when the shop's days are over."""
    days = timedelta(days=int(value("points_settle_days")))
    rows = PendingReward.objects.filter(
        kind=ORDER, reference=reference, state=PendingReward.State.PENDING, due_at__isnull=True
    )
    rows.update(due_at=at + days)


def credit_due_rewards() -> int:
    """Credit every reward that is due, each in a transaction of its own; return how many."""
    due = PendingReward.objects.filter(state=PendingReward.State.PENDING, due_at__lte=clock.now())
    ids = list(due.order_by("due_at").values_list("pk", flat=True)[:BATCH])
    return sum(credit_reward(reward_id=pk) for pk in ids)


@in_transaction
def credit_reward(*, reward_id: int) -> bool:
    """Turn a due reward into points and growth; False when another run has it, or had it.

    Locks the reward, points, growth.
    """
    rows = claim_rows(
        PendingReward.objects.filter(
            pk=reward_id, state=PendingReward.State.PENDING, due_at__lte=clock.now()
        ),
        limit=1,
    )
    if not rows:
        return False
    reward = rows[0]
    for left, give in ((reward.points_left, _give_points), (reward.growth_left, _give_growth)):
        if left:
            give(reward, left)
    reward.state, reward.settled_at = PendingReward.State.CREDITED, clock.now()
    reward.save(update_fields=["state", "settled_at"])
    return True


def _give_points(reward: PendingReward, points: int) -> None:
    earn_points(member_id=reward.member_id, amount=points, reason=ORDER, reference=reward.reference)


def _give_growth(reward: PendingReward, growth: int) -> None:
    add_growth(member_id=reward.member_id, amount=growth, reason=ORDER, reference=reward.reference)


@in_transaction
def reverse_reward(*, reference: str, base: int, refunded: int) -> None:
    """Take off a reward what belongs to ``refunded`` of ``base`` fen, all refunds so far together.

    Safe to repeat, and in any order: only what was not taken off before is. A pending reward becomes smaller;
    of a credited one points and growth are taken back as far as they are there, and the rest is written down
    as missing. Locks the reward, points, growth.
    """
    for reward in lock_rows(PendingReward.objects.filter(kind=ORDER, reference=reference)):
        points = reversed_share(total=reward.points, base=base, refunded=refunded) - reward.points_reversed
        growth = reversed_share(total=reward.growth, base=base, refunded=refunded) - reward.growth_reversed
        _reverse(reward, Granted(max(0, points), max(0, growth)))


def _reverse(reward: PendingReward, more: Granted) -> None:
    if more == Granted():
        return
    reward.points_reversed += more.points
    reward.growth_reversed += more.growth
    if reward.state == PendingReward.State.CREDITED:
        _take_back(reward, more)
    elif not reward.points_left and not reward.growth_left:
        reward.state, reward.settled_at = PendingReward.State.CANCELLED, clock.now()
    reward.save()


def _take_back(reward: PendingReward, more: Granted) -> None:
    reference = f"{reward.reference}:{reward.points_reversed}:{reward.growth_reversed}"
    taken = Granted(
        take_back_points(
            member_id=reward.member_id, up_to=more.points, reason=TAKEN_BACK, reference=reference
        ),
        take_back_growth(
            member_id=reward.member_id, up_to=more.growth, reason=TAKEN_BACK, reference=reference
        ),
    )
    reward.points_missing += more.points - taken.points
    reward.growth_missing += more.growth - taken.growth
