"""The tiers room: what members reach, keep and lose, and what it gives them (``docs/tiers.md``)."""
