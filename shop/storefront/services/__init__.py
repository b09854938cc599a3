"""What the storefront writes: pairs of products bought together, and staff's choices about them."""
