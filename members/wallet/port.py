"""The members' wallet as payments sees it."""

from members.wallet.services.spending import credit_wallet, debit_wallet


class MemberWallet:
    """Implements ``shop.payments.ports.WalletPort`` over the two ledgers; stateless."""

    def debit(
        self,
        *,
        member_id: int,
        amount: int,
        payment_number: str,
        wallet_token: str | None,
        agreed: bool = False,
    ) -> None:
        """Take money for a payment and remember its split; see ``debit_wallet``."""
        debit_wallet(
            member_id=member_id,
            amount=amount,
            payment_number=payment_number,
            wallet_token=wallet_token,
            agreed=agreed,
        )

    def credit(self, *, member_id: int, amount: int, payment_number: str, refund_number: str) -> None:
        """Give money of a payment back in its split; see ``credit_wallet``."""
        credit_wallet(
            member_id=member_id, amount=amount, payment_number=payment_number, refund_number=refund_number
        )
