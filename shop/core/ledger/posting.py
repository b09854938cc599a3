"""Posting: the one way to change a balance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import CheckConstraint, UniqueConstraint

from shop.core import clock
from shop.core.db import transaction
from shop.core.errors import InsufficientBalance, LedgerConflict, NotFound
from shop.core.ledger.tables import LedgerAccount, LedgerEntry
from shop.core.money import MAX_FEN
from shop.core.rows import find_rows, insert_rows, insert_unless_there

A = TypeVar("A", bound=LedgerAccount)
E = TypeVar("E", bound=LedgerEntry)

Key = tuple[int, str, str]

_registry: dict[str, "Ledger"] = {}


@dataclass(frozen=True)
class Posting:
    """One wanted change of one balance; ``amount`` is signed and in the unit of the account."""

    account_id: int
    amount: int
    reason: str
    reference: str
    memo: str = ""

    def __post_init__(self) -> None:
        if self.amount == 0 or abs(self.amount) > MAX_FEN:
            raise ValueError("A posting's amount is not zero and not beyond MAX_FEN.")
        if not self.reason or not self.reference:
            raise ValueError("A posting names its reason and its reference.")

    @property
    def key(self) -> Key:
        """What makes the posting happen only once."""
        return (self.account_id, self.reason, self.reference)


class Ledger(Generic[A, E]):
    """A registered pair of tables. Creating one checks that the tables carry the kit's constraints."""

    def __init__(self, account_model: type[A], entry_model: type[E], name: str) -> None:
        self.account_model = account_model
        self.entry_model = entry_model
        self.name = name
        self._check_tables()
        registered = _registry.setdefault(name, self)
        if registered.account_model is not account_model:
            raise ImproperlyConfigured(f"Two ledgers are called {name!r}.")

    def __repr__(self) -> str:
        return f"<Ledger {self.name}>"

    def post(self, *, account_id: int, amount: int, reason: str, reference: str, memo: str = "") -> E:
        """Change one balance by ``amount`` and return the entry; see ``post_many``."""
        return self.post_many([Posting(account_id, amount, reason, reference, memo)])[0]

    def post_locked(self, account: A, *, amount: int, reason: str, reference: str, memo: str = "") -> E:
        """As ``post``, for an account that the open transaction has locked and read.

        A refusal ends that transaction: there is no savepoint to go back to.
        """
        posting = Posting(account.pk, amount, reason, reference, memo)
        with transaction(savepoint=False):
            return self._post_fresh(account, posting) or self._post({account.pk: account}, [posting])[0]

    def _post_fresh(self, account: A, posting: Posting) -> E | None:
        """Post by one statement; ``None`` when it was posted before or is refused, and nothing is changed."""
        former = account.balance
        try:
            entry = self._next_entry(account, posting)
        except InsufficientBalance:
            return None
        table = connection.ops.quote_name(self.account_model._meta.db_table)
        move = f"UPDATE {table} SET balance = %s WHERE id = %s AND EXISTS (SELECT FROM inserted)"  # noqa: S608
        moved = [account.balance, account.pk]
        if insert_unless_there(entry, "account", "reason", "reference", also=move, values=moved):
            return entry
        account.balance = former
        return None

    def post_many(self, postings: Sequence[Posting]) -> list[E]:
        """Change balances in the order given and return one entry per posting: all of them or none.

        Locks every account first, in order of primary key, for the rest of the caller's transaction. A
        posting that was made before (same account, reason and reference) changes nothing and returns the
        first entry. Takes four queries, however many postings there are.

        Raises ``LedgerConflict`` when it was made before with another amount, ``InsufficientBalance`` when
        any step would take an account below its floor, ``NotFound`` for an unknown account, ``Busy`` when an
        account stays locked. Nothing is written then.
        """
        if not postings:
            return []
        with transaction():
            accounts = self._lock_accounts({posting.account_id for posting in postings})
            return self._post(accounts, postings)

    def _post(self, accounts: Mapping[int, A], postings: Sequence[Posting]) -> list[E]:
        known = self._existing_entries(postings)
        fresh: list[E] = []
        for posting in postings:
            entry = known.get(posting.key)
            if entry is None:
                entry = known[posting.key] = self._next_entry(accounts[posting.account_id], posting)
                fresh.append(entry)
            elif entry.amount != posting.amount:
                raise LedgerConflict(reason=posting.reason, reference=posting.reference)
        if fresh:
            insert_rows(fresh)
            self._store_balances({accounts[entry.account_id] for entry in fresh})
        return [known[posting.key] for posting in postings]

    def _lock_accounts(self, account_ids: set[int]) -> dict[int, A]:
        rows = find_rows(self.account_model, lock=True, pk=list(account_ids))
        if len(rows) != len(account_ids):
            raise NotFound
        return {row.pk: row for row in rows}

    def _existing_entries(self, postings: Iterable[Posting]) -> dict[Key, E]:
        wanted = {posting.key for posting in postings}
        accounts, reasons, references = zip(*wanted, strict=True)
        found = find_rows(
            self.entry_model, account=list(accounts), reason=list(reasons), reference=list(references)
        )
        entries = {(entry.account_id, entry.reason, entry.reference): entry for entry in found}
        return {key: entry for key, entry in entries.items() if key in wanted}

    def _next_entry(self, account: A, posting: Posting) -> E:
        balance = account.balance + posting.amount
        floor = self.account_model.FLOOR
        if floor is not None and balance < floor:
            raise InsufficientBalance
        account.balance = balance
        return self.entry_model(
            account=account,
            amount=posting.amount,
            balance_after=balance,
            reason=posting.reason,
            reference=posting.reference,
            memo=posting.memo,
            created_at=clock.now(),
        )

    def _store_balances(self, accounts: Iterable[A]) -> None:
        rows = list(accounts)
        table = connection.ops.quote_name(self.account_model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} AS account SET balance = fresh.balance"  # noqa: S608  our own table name
                " FROM unnest(%s::bigint[], %s::bigint[]) AS fresh (id, balance) WHERE account.id = fresh.id",
                [[row.pk for row in rows], [row.balance for row in rows]],
            )

    def _check_tables(self) -> None:
        entry_rules = self.entry_model._meta.constraints
        unique = {rule.fields for rule in entry_rules if isinstance(rule, UniqueConstraint)}
        if ("account", "reason", "reference") not in unique:
            raise ImproperlyConfigured(f"{self.entry_model} lacks entry_constraints().")
        floor_held = any(isinstance(rule, CheckConstraint) for rule in self.account_model._meta.constraints)
        if self.account_model.FLOOR is not None and not floor_held:
            raise ImproperlyConfigured(f"{self.account_model} lacks floor_constraints().")


def registered_ledgers() -> Mapping[str, Ledger]:
    """Return every ledger of the shop by name."""
    return dict(_registry)
