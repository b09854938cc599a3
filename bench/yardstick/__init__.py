"""The least that the same tools can do, to hold our own figures against."""

ITEMS = 1000
"""Rows over which the bare order view spreads its orders."""
