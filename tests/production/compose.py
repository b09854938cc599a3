"""Reads docker-compose.yml the way compose does: YAML anchors, then variables."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.production.shops import ROOT

COMPOSE = ROOT / "docker-compose.yml"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class MissingVariable(Exception):
    """A `${NAME:?...}` without a value; compose refuses to start."""


def load_compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the file with all variables replaced."""
    loaded: dict[str, Any] = _walk(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")), variables)
    return loaded


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables of a .env file."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _sign, value in pairs}


def image_environment() -> dict[str, str]:
    """Return what the Dockerfile's `app` image sets for every process in it."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stage = re.search(r"^FROM \S+ AS app$(.*?)^FROM ", dockerfile, re.MULTILINE | re.DOTALL)
    assert stage is not None
    block = re.search(r"^ENV ((?:.*\\\n)*.*)$", stage.group(1), re.MULTILINE)
    assert block is not None
    return dict(pair.split("=", 1) for pair in block.group(1).replace("\\\n", " ").split())


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace `$$`, `${NAME}`, `${NAME:-default}` (nested) and `${NAME:?message}`."""
    result, position = [], 0
    while (dollar := text.find("$", position)) >= 0:
        result.append(text[position:dollar])
        if text.startswith("$$", dollar):
            result.append("$")
            position = dollar + 2
            continue
        assert text.startswith("${", dollar), f"a lone $ in {text!r}"
        end = _closing_brace(text, dollar)
        result.append(_value(text[dollar + 2 : end], variables))
        position = end + 1
    return "".join([*result, text[position:]])


def _closing_brace(text: str, start: int) -> int:
    depth = 0
    for index in range(start, len(text)):
        if text.startswith("${", index):
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    raise AssertionError(f"no closing brace in {text!r}")


def _value(inner: str, variables: Mapping[str, str]) -> str:
    name = _NAME.match(inner)
    assert name is not None, inner
    value, rest = variables.get(name.group(), ""), inner[name.end() :]
    if value or not rest:
        return value
    if rest.startswith(":-"):
        return expand(rest[2:], variables)
    assert rest.startswith(":?"), inner
    raise MissingVariable(name.group())


def _walk(node: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _walk(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [_walk(value, variables) for value in node]
    return expand(node, variables) if isinstance(node, str) else node
