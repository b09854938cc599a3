"""What staff write on orders."""

from orders.models import Order
from orders.permissions import NOTE_ORDER
from orders.services.locking import lock_order
from orders.states import record_event, write_columns
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.permissions import require

MAX_NOTE = 2000


@in_transaction
def note_order(*, actor: Actor, number: str, note: str) -> Order:
    """Replace the note that only staff see. Locks the order. Raises ``Forbidden``, ``NotFound``."""
    require(actor, NOTE_ORDER)
    order = lock_order(number)
    write_columns(order, {"staff_note": note.strip()[:MAX_NOTE]})
    record_event(order, "noted", actor=actor, is_public=False)
    audit.record(actor=actor, action=NOTE_ORDER, subject=order, after={"note": order.staff_note})
    return order
