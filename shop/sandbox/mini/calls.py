"""What a mini-program business function is given and may answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shop.sandbox.box import Box


@dataclass(frozen=True)
class MiniCall:
    """A request past the door: query and checked body."""

    query: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Picture:
    content: bytes
    media_type: str


Business = Callable[[Box, MiniCall], dict[str, Any] | Picture]
