"""The wallet room: principal and gift, recharges, paying with it (``docs/wallet.md``)."""
