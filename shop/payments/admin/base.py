"""What the pages about money have in common."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from shop.core.console import ActionForm, NavGroup, ReadOnlyAdmin
from shop.wechat.pay.bodies import REASON_LENGTH

VIEW = "payments.view_payment"


class PayerReasonForm(ActionForm):
    """Asks why money goes back; says that the payer reads the answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _(
            "WeChat shows this to the payer, word for word (the first %(length)d characters). It is kept in"
            " the audit record too."
        ) % {"length": REASON_LENGTH}


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


def words_filter(field: str, named: Promise, words: Mapping[str, Promise]) -> type[admin.SimpleListFilter]:
    """Return a filter by a code that offers words."""

    class WordsFilter(admin.SimpleListFilter):
        title = named  # type: ignore[assignment]
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(code, str(text)) for code, text in words.items()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            chosen = self.value()
            return queryset if chosen not in words else queryset.filter(**{field: chosen})

    return WordsFilter
