"""The points room: points and growth, what earns them, and what they buy (``docs/points.md``)."""
