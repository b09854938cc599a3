"""The same shop as the wallet's tests: members' own wallet, a sandbox whose clock moves with ours."""

from tests.members.wallet.conftest import (
    members_wallet,
    payer,
    rich,
    sandbox_process,
    shift_clock,
    shifted,
)

__all__ = ["members_wallet", "payer", "rich", "sandbox_process", "shift_clock", "shifted"]
