"""A member with money, as short sentences."""

import itertools
from typing import Any

from members.models import Member
from members.wallet.models import GIFT, PRINCIPAL, Recharge, WalletEntry
from members.wallet.queries import balance_of
from members.wallet.services.accounts import open_accounts
from shop.core import runtime
from shop.core.actors import Actor
from shop.core.outbox import relay
from shop.payments.models import PaymentAttempt
from shop.payments.services.watching import watch_attempt
from tests.members.shoppers import Browser, browser_of
from tests.sandbox_process import SandboxProcess

_numbers = itertools.count(1)
OWNER = Actor.system("tests")


class Rich:
    def __init__(self, member: Member, sandbox: SandboxProcess | None = None) -> None:
        self.member = member
        self.sandbox = sandbox
        self.phone: Browser = browser_of(member)

    @property
    def id(self) -> int:
        return int(self.member.pk)

    def given(self, *, principal: int = 0, gift: int = 0) -> "Rich":
        """Put money into the wallet."""
        open_accounts(self.id)
        for ledger, amount in ((PRINCIPAL, principal), (GIFT, gift)):
            if amount:
                ledger.post(
                    account_id=self.id, amount=amount, reason="adjustment", reference=f"t{next(_numbers)}"
                )
        return self

    @property
    def balance(self) -> tuple[int, int]:
        found = balance_of(self.id)
        return found.principal, found.gift

    def entries(self) -> list[tuple[str, str, int, int]]:
        """Account, reason, amount and balance after, oldest first."""
        rows = WalletEntry.objects.filter(member_id=self.id).order_by("created_at", "id")
        return list(rows.values_list("account", "reason", "amount", "balance_after"))

    def recharge(self, *, key: str = "", platform: str = "", **body: Any) -> Any:
        headers = {"Idempotency-Key": key or f"key-{next(_numbers)}"}
        if platform:
            headers["X-Client-Platform"] = platform
        return self.phone.post("/me/wallet/recharges", body, **headers)

    def started(self, **body: Any) -> tuple[Recharge, dict[str, str]]:
        """Start a recharge; returns it and what wx.requestPayment needs."""
        answer = self.recharge(**body)
        assert answer.status_code == 201, answer.content
        data = answer.json()
        return Recharge.objects.get(number=data["number"]), data["payment"]["wechat"]

    def recharged(self, **body: Any) -> Recharge:
        """Recharge, pay in WeChat, and let the shop find out."""
        recharge, wechat = self.started(**body)
        self.pay(wechat)
        ask_wechat(recharge)
        settle()
        recharge.refresh_from_db()
        return recharge

    def pay(self, wechat: dict[str, str]) -> None:
        assert self.sandbox is not None
        self.sandbox.pay(dict(wechat), notify="never")


def attempt_of(recharge: Recharge) -> PaymentAttempt:
    return PaymentAttempt.objects.filter(payment__payable_number=recharge.number).latest("pk")


def ask_wechat(recharge: Recharge) -> None:
    watch_attempt(attempt_id=attempt_of(recharge).pk)


def settle() -> None:
    """Deliver every event there is."""
    while relay(100):
        pass


def set_to(name: str, value: Any) -> None:
    """Change a setting, and see it at once."""
    runtime.set_value(actor=OWNER, name=name, value=value)
    runtime.forget()
