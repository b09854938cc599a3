"""Small rooms: a file tells one story, a function does one thing. Whoever needs more room builds another."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("shop", "catalog", "members", "promotions", "orders", "distribution", "admin_ui")
FUNCTION_LINES = 50
FILE_LINES = 400
TEST_FILE_LINES = 500
EXCEPTIONS: frozenset[str] = frozenset()
"""Files (``orders/a.py``) and functions (``orders/a.py::place``) that may be longer, each with its reason."""


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    """Python files by their path from the root; migrations tell a history and stay as they are."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def too_long_files(folders: tuple[str, ...], limit: int) -> dict[str, int]:
    lengths = {path: len(text.splitlines()) for path, text in sources(*folders)}
    return {path: lines for path, lines in lengths.items() if lines > limit}


def functions(text: str) -> Iterator[tuple[str, int]]:
    """Name and lines of each function, from ``def`` to its end."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def too_long_functions(*folders: str) -> dict[str, int]:
    return {
        f"{path}::{name}": lines
        for path, text in sources(*folders)
        for name, lines in functions(text)
        if lines > FUNCTION_LINES
    }


def test_no_file_is_too_long() -> None:
    found = too_long_files(FLOORS, FILE_LINES) | too_long_files(("tests",), TEST_FILE_LINES)
    assert {path: lines for path, lines in found.items() if path not in EXCEPTIONS} == {}


def test_no_function_is_too_long() -> None:
    found = too_long_functions(*FLOORS, "tests")
    assert {name: lines for name, lines in found.items() if name not in EXCEPTIONS} == {}


def test_every_exception_is_still_needed() -> None:
    found = {
        *too_long_files(FLOORS, FILE_LINES),
        *too_long_files(("tests",), TEST_FILE_LINES),
        *too_long_functions(*FLOORS, "tests"),
    }
    assert EXCEPTIONS - found == set()


def test_the_ruler_measures_what_it_should() -> None:
    body = "    pass\n" * 50
    assert list(functions(f"def short():\n{body[:-9]}")) == [("short", 50)]
    assert list(functions(f"async def long():\n{body}")) == [("long", 51)]
    assert [path for path, _text in sources(*FLOORS) if path.startswith("shop/wechat/pay/")]
