"""What goods are sorted by and where they lie."""
