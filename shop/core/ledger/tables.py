"""The abstract tables of a ledger, and the rules that the database itself holds."""

from typing import ClassVar

from django.db import models
from django.db.migrations import RunSQL
from django.db.models import BaseConstraint, CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from shop.core import clock


class LedgerAccount(models.Model):
    """Holds a balance that only ``Ledger.post`` changes.

    ``FLOOR`` is the least the balance may be: 0, or ``None`` for an account that may be overdrawn. The unit
    (fen, points) is the concrete table's.
    """

    FLOOR: ClassVar[int | None] = 0

    balance = models.BigIntegerField(_("balance"), default=0, editable=False)

    class Meta:
        abstract = True


class LedgerEntry(models.Model):
    """One change of one balance; never updated, never deleted.

    Concrete entries add ``account``, a foreign key to their account with ``db_index=False`` (the unique key
    and ``entry_indexes`` begin with it). ``reason`` says what kind of business fact moved the balance,
    ``reference`` which one; together they make the posting idempotent. ``id`` is the order of the chain:
    ids are taken while the account is locked.
    """

    account_id: int

    amount = models.BigIntegerField(_("amount"), editable=False)
    balance_after = models.BigIntegerField(_("balance after"), editable=False)
    reason = models.CharField(_("reason"), max_length=64, editable=False)
    reference = models.CharField(_("reference"), max_length=128, editable=False)
    memo = models.CharField(_("memo"), max_length=255, blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created at"), default=clock.now, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.reason} {self.reference}"


def floor_constraints(floor: int | None, prefix: str) -> list[BaseConstraint]:
    """Return the account's ``Meta.constraints``: the CHECK that holds its floor, if it has one."""
    if floor is None:
        return []
    return [CheckConstraint(condition=Q(balance__gte=floor), name=f"{prefix}_floor")]


def entry_constraints(prefix: str) -> list[BaseConstraint]:
    """Return the entry's ``Meta.constraints``: each (account, reason, reference) once, never zero."""
    return [
        UniqueConstraint(fields=["account", "reason", "reference"], name=f"{prefix}_once"),
        CheckConstraint(condition=~Q(amount=0), name=f"{prefix}_not_zero"),
    ]


def entry_indexes(prefix: str) -> list[Index]:
    """Return the entry's ``Meta.indexes``: an account's entries in order, for its history and the audit."""
    return [Index(fields=["account", "id"], name=f"{prefix}_chain")]


def append_only(table: str) -> RunSQL:
    """Return the migration operation that makes PostgreSQL refuse UPDATE and DELETE on ``table``.

    The migration depends on ``("core", "0001_ground")``, which creates the function behind the trigger.
    """
    return RunSQL(
        sql=f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}"'
        " FOR EACH ROW EXECUTE FUNCTION core_refuse_change()",
        reverse_sql=f'DROP TRIGGER append_only ON "{table}"',
    )
