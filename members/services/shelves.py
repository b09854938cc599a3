"""What members keep and what they have looked at."""

from catalog.models import Product
from members.errors import TooManyFavourites
from members.events import FavouriteAdded
from members.models import Favourite, Visit
from members.services.locking import hold_member, lock_member
from shop.core import clock
from shop.core.db import in_transaction
from shop.core.errors import NotFound
from shop.core.outbox import publish


@in_transaction
def add_favourite(*, member_id: int, product_id: int) -> None:
    """Keep a product; keeping it again changes nothing. Locks the member.

    Raises ``NotFound`` for a product that shoppers do not see, ``TooManyFavourites`` (409).
    """
    lock_member(member_id=member_id)
    check_product(product_id)
    kept = Favourite.objects.filter(member_id=member_id)
    if kept.filter(product_id=product_id).exists():
        return
    if kept.count() >= Favourite.LIMIT:
        raise TooManyFavourites(limit=Favourite.LIMIT)
    Favourite.objects.create(member_id=member_id, product_id=product_id, created_at=clock.now())
    publish(FavouriteAdded(member_id, product_id=product_id))


@in_transaction
def remove_favourite(*, member_id: int, product_id: int | None = None) -> None:
    """Stop keeping a product, or everything; safe to repeat."""
    kept = Favourite.objects.filter(member_id=member_id)
    (kept if product_id is None else kept.filter(product_id=product_id)).delete()


@in_transaction
def record_visit(*, member_id: int, product_id: int) -> None:
    """Note that the member looked at a product just now; beyond ``Visit.LIMIT`` the oldest are forgotten.

    Raises ``NotFound`` for a product that shoppers do not see.
    """
    hold_member(member_id=member_id)
    check_product(product_id)
    Visit.objects.bulk_create(
        [Visit(member_id=member_id, product_id=product_id, visited_at=clock.now())],
        update_conflicts=True,
        unique_fields=["member", "product"],
        update_fields=["visited_at"],
    )
    own = Visit.objects.filter(member_id=member_id)
    beyond = own.order_by("-visited_at", "-id").values("pk")[Visit.LIMIT : Visit.LIMIT + 50]
    own.filter(pk__in=list(beyond.values_list("pk", flat=True))).delete()


@in_transaction
def forget_visits(*, member_id: int, product_id: int | None = None) -> None:
    """Forget that the member looked at a product, or all of it; safe to repeat."""
    own = Visit.objects.filter(member_id=member_id)
    (own if product_id is None else own.filter(product_id=product_id)).delete()


def check_product(product_id: int) -> None:
    """Raise ``NotFound`` for a product that shoppers do not see."""
    visible = Product.objects.filter(pk=product_id, is_deleted=False).exclude(state=Product.State.DRAFT)
    if not visible.exists():
        raise NotFound
