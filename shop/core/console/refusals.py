"""Refusals as people read them in the console."""

from shop.core.errors import ShopError


def refusal_text(refusal: ShopError) -> str:
    """Return one sentence in the reader's language: title, what is wrong, and the fields concerned."""
    parts = [str(refusal.title)]
    detail = str(refusal.detail or "")
    if detail and detail != parts[0]:
        parts.append(detail)
    parts.extend(f"{error.field}: {error.detail}" for error in refusal.errors)
    return " · ".join(parts)
