"""Events that exist only to be delivered."""

from dataclasses import dataclass
from typing import ClassVar

from shop.core.outbox import Event


@dataclass(frozen=True)
class Noted(Event):
    name: ClassVar[str] = "shopfloor.noted"
    subject: str
    text: str = ""

    @property
    def aggregate(self) -> str:
        return f"note:{self.subject}"


@dataclass(frozen=True)
class Held(Event):
    name: ClassVar[str] = "shopfloor.held"
    aggregate: str
    text: str = ""


@dataclass(frozen=True)
class Deadly(Event):
    name: ClassVar[str] = "shopfloor.deadly"
    aggregate: str
