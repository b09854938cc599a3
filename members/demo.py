"""Demonstration data of this floor: agreements to begin with."""

from pathlib import Path

from members.models import Agreement
from shop.core import clock
from shop.core.db import in_transaction

VERSION = "1.0"
_FOLDER = Path(__file__).parent / "data" / "agreements"
_TITLES = {Agreement.Document.TERMS: "用户服务协议", Agreement.Document.PRIVACY: "隐私政策"}


@in_transaction
def load_agreements() -> str:
    """Publish the first version of each document that has none; safe to repeat."""
    existing = set(Agreement.objects.values_list("document", flat=True))
    made = [
        Agreement(
            document=document,
            version=VERSION,
            title=title,
            body=(_FOLDER / f"{document}.txt").read_text(encoding="utf-8").strip(),
            published_at=clock.now(),
        )
        for document, title in _TITLES.items()
        if document not in existing
    ]
    Agreement.objects.bulk_create(made, ignore_conflicts=True)
    return f"{len(made)} agreements"
