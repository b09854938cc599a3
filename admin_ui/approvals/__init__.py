"""Actions that wait for a second person."""
