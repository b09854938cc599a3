"""What the storms share."""

import pytest

from shop.core import db


@pytest.fixture(autouse=True)
def patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred threads queue for one row: on a loaded machine longer than a shopper would wait.

    Storms judge whether the result is right, not how fast the machine is.
    """
    monkeypatch.setattr(db, "LOCK_TIMEOUT_SECONDS", 60)
