"""The same shop as the wallet's tests, with member cards switched on."""

from collections.abc import Iterator

import pytest

from shop.core import runtime
from tests.members.wallet.conftest import (
    members_wallet,
    payer,
    rich,
    sandbox_process,
    shift_clock,
    shifted,
)
from tests.members.wallet.purses import set_to

__all__ = ["members_wallet", "payer", "rich", "sandbox_process", "shift_clock", "shifted"]


@pytest.fixture(autouse=True)
def cards_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """The shop has cards wherever a test has a database."""
    marker = request.node.get_closest_marker("django_db")
    if marker is not None or "payer" in request.fixturenames or "rich" in request.fixturenames:
        commits = "payer" in request.fixturenames or (marker is not None and marker.kwargs.get("transaction"))
        request.getfixturevalue("transactional_db" if commits else "db")
        set_to("cards_enabled", True)
    yield
    runtime.forget()
