"""Which orders a card made cheaper; the orders floor tells."""

from members.cards.models import CardUse
from shop.core import clock


def record_use(*, period_id: int, order_number: str, discount: int) -> None:
    """Write down that a paid order was ``discount`` fen cheaper by a card; safe to repeat.

    An order that is paid anew after it was cancelled counts again.
    """
    CardUse.objects.update_or_create(
        order_number=order_number,
        defaults={"period_id": period_id, "discount": discount, "at": clock.now(), "returned_at": None},
    )


def return_use(*, order_number: str) -> None:
    """Let a use not count, because its order was cancelled before anything was shipped."""
    CardUse.objects.filter(order_number=order_number, returned_at__isnull=True).update(
        returned_at=clock.now()
    )
