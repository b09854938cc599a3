"""Whom parcels are given to. Codes are WeChat's delivery ids, which its shipping management wants."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("data") / "carriers.json"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier as WeChat names it."""

    code: str
    name: str


@functools.cache
def carriers() -> tuple[Carrier, ...]:
    """Return every known carrier, the usual ones first."""
    return tuple(Carrier(code, name) for code, name in json.loads(_FILE.read_text(encoding="utf-8")))


@functools.cache
def _names() -> dict[str, str]:
    return {carrier.code: carrier.name for carrier in carriers()}


def is_carrier(code: str) -> bool:
    """Return whether WeChat knows this delivery id."""
    return code in _names()


def carrier_name(code: str) -> str:
    """Return a carrier's name; an unknown code is its own name."""
    return _names().get(code, code)
