"""The addresses WeChat calls."""
