"""The page at ``/``: server-rendered, no outside resources."""
