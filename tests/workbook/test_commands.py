"""The workbook's commands say what is wrong with a file that cannot be read or written."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from shop.core.models.sheets import SheetRun

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "arguments", [["{0}/none.xlsx"], ["{0}/a.xlsx", "--images", "{0}/none.zip"], ["{0}"]]
)
def test_an_import_of_nothing_is_a_message(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"")
    with pytest.raises(CommandError, match=r"none|directory"):
        call_command("import_goods", *(one.format(tmp_path) for one in arguments))
    assert not SheetRun.objects.exists()


@pytest.mark.parametrize("name", ["", "none/goods.xlsx"])
def test_an_export_to_nowhere_is_refused_before_it_begins(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="no place for a file"):
        call_command("export_goods", str(tmp_path / name))
    assert not SheetRun.objects.exists()


def test_an_export_that_cannot_be_stored_is_a_message(tmp_path: Path) -> None:
    """A loop of links stands for a file that nobody, root neither, can open."""
    (tmp_path / "loop.xlsx").symlink_to(tmp_path / "loop.xlsx")
    with pytest.raises(CommandError, match=r"loop\.xlsx: "):
        call_command("export_goods", str(tmp_path / "loop.xlsx"))
