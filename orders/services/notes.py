"""What staff write on orders."""

from django.utils.translation import gettext as _

from orders.errors import OrderChanged
from orders.models import Order, OrderEvent
from orders.permissions import NOTE_ORDER
from orders.services.locking import lock_order
from orders.states import record_event, write_columns
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction
from shop.core.errors import FieldError, InvalidInput
from shop.core.permissions import require

MAX_NOTE = 2000
MAX_COMMENT = 1000


@in_transaction
def note_order(*, actor: Actor, number: str, note: str, former: str | None = None) -> Order:
    """Replace the note that only staff see. Locks the order.

    ``former`` is the note that the person read before writing theirs: a colleague's newer one is not lost.
    Raises ``Forbidden``, ``NotFound``, ``OrderChanged``.
    """
    require(actor, NOTE_ORDER)
    order = lock_order(number)
    if former is not None and _lines(order.staff_note) != _lines(former):
        raise OrderChanged(_("A colleague has changed the note."), status=order.status)
    write_columns(order, {"staff_note": _lines(note)[:MAX_NOTE]})
    record_event(order, "noted", actor=actor, is_public=False)
    audit.record(actor=actor, action=NOTE_ORDER, subject=order, after={"note": order.staff_note})
    return order


@in_transaction
def comment_order(*, actor: Actor, number: str, text: str, key: str) -> OrderEvent:
    """Append what staff have to say to the timeline, for staff only; nobody can change or delete it.

    The same ``key`` again is the same comment. Locks the order. Raises ``Forbidden``, ``NotFound``,
    ``InvalidInput``.
    """
    require(actor, NOTE_ORDER)
    order = lock_order(number)
    if not 1 <= len(text.strip()) <= MAX_COMMENT:
        detail = _("Write something, up to 1000 characters.")
        raise InvalidInput(errors=[FieldError("text", "invalid", detail)])
    written = OrderEvent.objects.filter(order=order, kind="comment", data__key=key).first()
    if written is not None:
        return written
    data = {"text": _lines(text), "key": key}
    return record_event(order, "comment", actor=actor, data=data, is_public=False)


def _lines(text: str) -> str:
    """Return a text with the shop's line ends; browsers send their own."""
    return text.replace("\r\n", "\n").strip()
