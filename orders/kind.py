"""The name under which payments knows orders."""

KIND = "order"
"""The payable kind of orders."""
