"""Who is acting: a shopper, a member of staff, WeChat, or the shop itself.

Every service takes an :class:`Actor`; permissions are asked of it and the audit record names it. It is a
plain value: it holds no database row, so it can travel through Celery and outbox payloads.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

ActorKind = Literal["member", "staff", "system", "wechat"]


class StaffUser(Protocol):
    """What an actor needs to know of a Django user."""

    pk: int

    def get_username(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts. ``label`` is what people read: a staff user name, a job name; never personal data."""

    kind: ActorKind
    id: int | None
    label: str

    @classmethod
    def member(cls, member_id: int) -> "Actor":
        """Return the shopper with this member id."""
        return cls(kind="member", id=member_id, label=f"member {member_id}")

    @classmethod
    def staff(cls, user: StaffUser) -> "Actor":
        """Return the member of staff behind a console user."""
        return cls(kind="staff", id=user.pk, label=user.get_username())

    @classmethod
    def system(cls, name: str) -> "Actor":
        """Return the shop itself: ``name`` is the job, command or handler that acts."""
        return cls(kind="system", id=None, label=name)

    @classmethod
    def wechat(cls, name: str) -> "Actor":
        """Return WeChat calling us: ``name`` is the kind of message that makes it act."""
        return cls(kind="wechat", id=None, label=name)

    @property
    def key(self) -> str:
        """Return a short stable name such as ``member:12`` or ``system:expire_holds``."""
        return f"{self.kind}:{self.id if self.id is not None else self.label}"

    @property
    def is_person(self) -> bool:
        """Return whether a human acts: a shopper or a member of staff."""
        return self.kind in ("member", "staff")

    def __str__(self) -> str:
        return self.label
