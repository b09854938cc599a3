"""Product list and editor."""
