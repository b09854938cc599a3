"""Points and growth as kinds of gift (``members.gifts``)."""

from members.points.services import add_growth, earn_points, take_back_growth, take_back_points


class GiftPoints:
    """Implements ``members.gifts.GiftKind`` over points."""

    field = "points"

    def grant(self, *, member_id: int, quantity: int, reason: str, reference: str) -> None:
        """Give points."""
        earn_points(member_id=member_id, amount=quantity, reason=reason, reference=reference)

    def take_back(self, *, member_id: int, quantity: int, reason: str, reference: str) -> int:
        """Take points back, up to what is left."""
        return take_back_points(member_id=member_id, up_to=quantity, reason=reason, reference=reference)


class GiftGrowth:
    """Implements ``members.gifts.GiftKind`` over growth."""

    field = "growth"

    def grant(self, *, member_id: int, quantity: int, reason: str, reference: str) -> None:
        """Give growth."""
        add_growth(member_id=member_id, amount=quantity, reason=reason, reference=reference)

    def take_back(self, *, member_id: int, quantity: int, reason: str, reference: str) -> int:
        """Take growth back, up to what is there."""
        return take_back_growth(member_id=member_id, up_to=quantity, reason=reason, reference=reference)
