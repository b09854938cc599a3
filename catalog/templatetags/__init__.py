"""Template filters of the goods pages."""
