"""What the storefront shows, composed from the rooms below."""
