"""Who changed a product last, for whoever comes too late."""

from typing import Any

from catalog.models import Product
from shop.core.audit import subject_key
from shop.core.models import AuditEntry


def last_change(product: Product) -> dict[str, Any]:
    """Return ``by``, ``at`` (ISO 8601) and ``changed`` (names of fields) of the newest entry on record."""
    kind, identity = subject_key(product)
    entry = AuditEntry.objects.filter(subject_kind=kind, subject_id=identity).order_by("-id").first()
    if entry is None:
        return {"by": "", "at": product.updated_at.isoformat(), "changed": []}
    names = sorted({*(entry.before or {}), *(entry.after or {})})
    return {"by": entry.actor_label, "at": entry.at.isoformat(), "changed": names}
