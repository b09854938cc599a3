"""The console's order pages: the list, the order, shipping, the address in clear, the packing slip."""

from orders.admin import orders, packing, panels, revealing, shipping

__all__ = ["orders", "packing", "panels", "revealing", "shipping"]
