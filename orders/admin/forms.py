"""What the order page's dialogs ask."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from orders.models import Order
from orders.services.locking import standing_of
from orders.services.notes import MAX_COMMENT, MAX_NOTE
from orders.services.paying import PICKUP_CODE_DIGITS
from shop.core.console import ActionForm, ConfirmForm
from shop.core.ids import new_number


def _replace(form: forms.Form, name: str, value: str) -> None:
    """Change one posted value, such as a hidden one that has grown old."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    data[name] = value
    form.data = data


class CancelForm(ActionForm):
    """Carries how the order stood when the dialog opened."""

    seen = forms.CharField(widget=forms.HiddenInput(), max_length=80)

    @classmethod
    def initial_for(cls, record: Order | None) -> dict[str, Any]:
        """Remember how the order stands."""
        return {} if record is None else {"seen": standing_of(record)}

    def renew(self, record: Order | None) -> None:
        """The person has been told what changed; the next press counts."""
        if record is not None:
            _replace(self, "seen", standing_of(record))


class CodeForm(ConfirmForm):
    """The code that the member shows."""

    code = forms.CharField(
        label=gettext_lazy("Pick-up code"),
        max_length=2 * PICKUP_CODE_DIGITS,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
        help_text=gettext_lazy("12 digits; spaces do not matter."),
    )

    def clean_code(self) -> str:
        """Forget the spaces that make it readable."""
        return "".join(self.cleaned_data["code"].split())


class NoteForm(ConfirmForm):
    """The note that only staff see, and the one it replaces."""

    note = forms.CharField(
        label=gettext_lazy("Staff note"),
        max_length=MAX_NOTE,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 5}),
        help_text=gettext_lazy("Members never see it."),
    )
    former = forms.CharField(widget=forms.HiddenInput(), required=False, strip=False)

    @classmethod
    def initial_for(cls, record: Order | None) -> dict[str, Any]:
        """Start from the present note."""
        return {} if record is None else {"note": record.staff_note, "former": record.staff_note}

    def renew(self, record: Order | None) -> None:
        """Show the colleague's note below what was typed."""
        if record is not None:
            _replace(self, "former", record.staff_note)
            self.fields["note"].help_text = _("The note now says: %(note)s") % {"note": record.staff_note}


class CommentForm(ConfirmForm):
    """One comment; its key makes a second press the same comment."""

    text = forms.CharField(
        label=gettext_lazy("Comment"),
        max_length=MAX_COMMENT,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
    )
    key = forms.CharField(widget=forms.HiddenInput(), max_length=32)

    @classmethod
    def initial_for(cls, record: Order | None) -> dict[str, Any]:
        """Give this opening of the form a key of its own."""
        return {"key": new_number()}
