"""Jishi: a self-hosted WeChat mini-program shop."""

__version__ = "0.1.0"
