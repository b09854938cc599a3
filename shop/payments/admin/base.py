"""What the pages about money have in common."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from shop.core.console import NavGroup, ReadOnlyAdmin

VIEW = "payments.view_payment"


class MoneyAdmin(ReadOnlyAdmin):
    """A page of the finance group, newest first."""

    view_permission = VIEW
    nav_group = NavGroup.FINANCE
    ordering: Sequence[str] = ("-pk",)


class TroubleAdmin(MoneyAdmin):
    """A page whose rows may need a person; the sidebar shows how many ``waiting`` returns."""

    waiting: ClassVar[Callable[[], QuerySet[Any]]]

    def nav_badge(self, request: HttpRequest) -> int:
        """How many wait for a person."""
        return type(self).waiting().count()
