"""Settings that merchants change while the shop runs."""
