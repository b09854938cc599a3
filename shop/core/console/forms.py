"""Form pieces of the console: money typed in yuan, and the form behind an action's dialog."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from shop.core.money import format_yuan, parse_yuan

REASON_LENGTH = 200


class YuanWidget(UnfoldAdminTextInputWidget):
    """A text box that shows fen as yuan with two digits; a browser's number box would round."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        """Show stored fen as yuan and what the user typed as it was typed."""
        return format_yuan(value) if isinstance(value, int) else value


class YuanField(forms.Field):
    """Reads yuan ("12.3", "12.30") into fen; a third digit after the point is refused, never rounded."""

    widget = YuanWidget
    default_error_messages = {
        "invalid": _("Enter an amount in yuan with at most two digits after the point."),
        "min_value": _("The amount must be at least ¥%(limit)s."),
        "max_value": _("The amount must be at most ¥%(limit)s."),
    }

    def __init__(self, *, min_value: int | None = None, max_value: int | None = None, **kwargs: Any) -> None:
        """``min_value`` and ``max_value`` are fen."""
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        """Return fen, or None for an empty box."""
        if value in self.empty_values:
            return None
        try:
            return parse_yuan(str(value).strip())
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def validate(self, value: int | None) -> None:
        """Refuse an amount outside the limits."""
        super().validate(value)
        if value is None:
            return
        for code, limit, outside in (
            ("min_value", self.min_value, self.min_value is not None and value < self.min_value),
            ("max_value", self.max_value, self.max_value is not None and value > self.max_value),
        ):
            if outside and limit is not None:
                params = {"limit": format_yuan(limit)}
                raise ValidationError(self.error_messages[code], code=code, params=params)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare amounts, not their spelling: "12.3" is no change from 12.30."""
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


class ActionForm(forms.Form):
    """What an action asks before it acts; subclass it to ask for more than a reason."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        required=False,
        strip=True,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=_("Kept in the audit record."),
    )

    def __init__(self, *args: Any, reason_required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = reason_required
