"""docs/orders.md says what the code does: states, steps, settings, jobs, events, refusals, permissions."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from orders import errors, events, permissions
from orders.states import TRANSITIONS, Status
from shop.core import permissions as core_permissions
from shop.core import runtime
from shop.core.errors import ShopError
from shop.core.jobs import registered_jobs


@pytest.fixture(scope="module")
def guide() -> str:
    return (Path(settings.BASE_DIR) / "docs" / "orders.md").read_text(encoding="utf-8")


def section(guide: str, title: str) -> str:
    """Return the text below a heading, up to the next one."""
    return guide.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(text: str) -> list[str]:
    """Return the code in the first cell of each row."""
    return re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE)


def steps_of_the_code() -> set[tuple[str, str]]:
    return {(origin.value, to.value) for origin, targets in TRANSITIONS.items() for to in targets}


def test_the_table_of_steps_is_the_tables_of_the_code(guide: str) -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", section(guide, "Steps"), re.MULTILINE
    )
    documented = [(origin, to) for origin, to, _who, _reason in rows]
    assert set(documented) == steps_of_the_code()
    assert len(documented) == len(set(documented)) == 24


def test_the_diagram_draws_the_same_steps(guide: str) -> None:
    drawn = re.findall(r"^    (\w+) --> (\w+)$", section(guide, "States"), re.MULTILINE)
    assert set(drawn) == steps_of_the_code()
    assert len(drawn) == len(set(drawn))


def test_every_state_has_its_words_in_both_languages(guide: str) -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", section(guide, "States"), re.MULTILINE
    )
    documented = {status: (chinese, english) for status, chinese, english in rows}
    words = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            words[language] = {status.value: str(status.label) for status in Status}
    assert documented == {
        status.value: (words["zh-hans"][status.value], words["en"][status.value]) for status in Status
    }


def test_settings_with_their_defaults(guide: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section(guide, "Settings"), re.MULTILINE)
    with translation.override("en"):
        declared = {
            name: str(setting.default) or "(empty)"
            for name, setting in runtime.declared().items()
            if str(setting.group) in ("Orders", "Alerts to staff")
        }
    assert dict(rows) == declared


def test_jobs_events_refusals_and_permissions(guide: str) -> None:
    assert set(first_cells(section(guide, "Jobs"))) == {
        name for name in registered_jobs() if name.startswith("orders.")
    }
    facts = events.OrderFact.__subclasses__()
    assert set(first_cells(section(guide, "Events"))) == {fact.name for fact in facts}
    refusals = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, ShopError) and kind.__module__ == errors.__name__
    ]
    assert set(first_cells(section(guide, "Refusals"))) == {kind.code for kind in refusals}
    rows = re.findall(r"\| `(orders\.\w+)` \| ([\w, ]+) \|", section(guide, "In the console"))
    declared = {
        one.codename: {role.value for role in one.roles} - {"owner"}
        for one in core_permissions.declared().values()
        if one.codename.startswith("orders.")
    }
    everybody = {"operations", "service", "warehouse", "finance", "clerk", "auditor"}
    documented = {name: everybody if roles == "all" else set(roles.split(", ")) for name, roles in rows}
    assert documented == declared
    assert permissions.SEE_ORDERS in documented
