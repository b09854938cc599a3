"""Taking a member's row. It comes before every other row that a transaction locks."""

from django.db import connection

from members.models import Member
from shop.core.errors import TokenInvalid
from shop.core.prepared import Prepared
from shop.core.rows import find_rows

_HOLD = Prepared("SELECT 1 FROM members_member WHERE id = %s AND state = %s FOR KEY SHARE")


def lock_member(*, member_id: int) -> Member:
    """Lock and return the row of an open account; ``TokenInvalid`` (401) when it is closed or absent.

    Serialises what must hold over several rows of one member: one default address, limits.
    """
    rows = find_rows(Member, lock=True, pk=member_id, state=Member.State.ACTIVE)
    if not rows:
        raise TokenInvalid
    return rows[0]


def hold_member(*, member_id: int) -> None:
    """Keep an open account from being closed until the transaction ends; ``TokenInvalid`` (401) if it is.

    ``FOR KEY SHARE``: any number of transactions hold a member at once and nobody waits, except whoever
    closes the account. Call it first in a transaction that opens a matter (an order, a withdrawal).
    """
    with connection.cursor() as cursor:
        _HOLD.run(cursor, [member_id, Member.State.ACTIVE])
        if cursor.fetchone() is None:
            raise TokenInvalid
