"""The two READMEs say the same, and what they name is there."""

import re

from tests.production.shops import ROOT

ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    """Return the command lines of every code block, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]


def links(text: str) -> list[str]:
    return [target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith("README")]


def rows(text: str) -> list[int]:
    """Return the number of rows of each table."""
    return [len(table.splitlines()) for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)]


def test_both_languages_have_the_same_shape() -> None:
    assert (
        len(re.findall(r"^## ", ENGLISH, re.MULTILINE))
        == len(re.findall(r"^## ", CHINESE, re.MULTILINE))
        == 5
    )
    assert rows(ENGLISH) == rows(CHINESE)


def test_both_languages_name_the_same_commands_links_and_variables() -> None:
    assert commands(ENGLISH) == commands(CHINESE)
    assert {"make up", "make test", "docker compose up -d --build"} <= set(commands(ENGLISH))
    assert links(ENGLISH) == links(CHINESE)
    names = re.compile(r"\b[A-Z]{4,}_[A-Z_]+\b|\bbin/[\w-]+|<http[^>]+>")
    assert sorted(set(names.findall(ENGLISH))) == sorted(set(names.findall(CHINESE)))


def test_what_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(
        r"\bmake (\w[\w-]*)", " ".join(commands(ENGLISH)) + " ".join(re.findall(r"`[^`]+`", ENGLISH))
    ):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for program in re.findall(r"\bbin/[\w-]+", ENGLISH):
        if program != "bin/python":
            assert (ROOT / program).is_file(), program
    for link in links(ENGLISH):
        assert (ROOT / link).exists(), link
    for room in re.findall(r"^\| (`.+?) \|", ENGLISH, re.MULTILINE):
        for path in re.findall(r"`([\w/]+)`", room):
            assert (ROOT / path).is_dir(), path


def test_every_decision_has_its_parts() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))

    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(len(pages))]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]}: ")
        assert re.search(r"^Status: (proposed|accepted|superseded by \d{4}), \w+ \d{4}$", text, re.MULTILINE)
        assert "**Decision.**" in text
        assert len(text.splitlines()) <= 40
