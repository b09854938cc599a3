"""Structured logs without personal data: configuration and redaction.

Settings import this package, so nothing here may need them.
"""

from shop.core.logs.config import logging_config

__all__ = ["logging_config"]
