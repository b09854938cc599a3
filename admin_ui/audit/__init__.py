"""Searching the audit record."""
