"""Form pieces of the console: money typed in yuan, and the form behind an action's dialog."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from shop.core.money import YuanFormField

REASON_LENGTH = 200


class YuanField(YuanFormField):
    """Money typed in yuan, in the console's looks; a browser's number box would round what is typed."""

    widget = UnfoldAdminTextInputWidget({"inputmode": "decimal", "autocomplete": "off"})


class ConfirmForm(forms.Form):
    """Asks nothing but yes or no, for actions that keep no reason."""

    def __init__(self, *args: Any, reason_required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if reason_required:
            self.fields["reason"].required = True

    @classmethod
    def initial_for(cls, record: Any) -> dict[str, Any]:
        """Return what the fields hold when the dialog opens; ``record`` is None for a whole list."""
        return {}

    def renew(self, record: Any) -> None:
        """Take over what is true now, after a refusal; what a person typed stays."""


class ActionForm(ConfirmForm):
    """Asks for a reason as well; subclass it to ask for more, such as an amount."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        required=False,
        strip=True,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=_("Kept in the audit record."),
    )
