"""Materialised paths: each level of the tree adds ``step`` characters to its parent's path."""


def lineage(path: str, *, step: int) -> list[str]:
    """Return the paths of a node and all above it, from the top."""
    return [path[:end] for end in range(step, len(path) + 1, step)]
