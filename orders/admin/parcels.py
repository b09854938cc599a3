"""The form behind shipping: one or many parcels, each with what it carries."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from orders.carriers import carriers
from orders.models import Order
from orders.pricing import Delivery
from orders.queries.record import Portion as Unsent
from orders.services.shipping import MAX_CONTENT, MAX_TRACKING, Parcel, Portion

MAX_PARCELS = 20
PREFIX = "parcels"

EXAMPLES = {
    "SF": "SF1234567890123",
    "ZTO": "78123456789012",
    "YTO": "YT1234567890123",
    "YD": "4312345678901",
    "STO": "773123456789012",
    "JTSD": "JT1234567890123",
    "JD": "JDVA12345678901",
    "EMS": "1234567890123",
    "YZPY": "9812345678901",
    "DBL": "DPK123456789012",
}
"""What a carrier's numbers usually look like: a hint, never a rule, because carriers change them."""


class ParcelForm(forms.Form):
    """One parcel. Which fields it has follows from how the order is delivered."""

    def __init__(self, *args: Any, order: Order, unsent: Sequence[Unsent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unsent = unsent
        if order.delivery == Delivery.EXPRESS:
            self._add_carrier()
        if order.delivery == Delivery.VIRTUAL:
            self.fields["content"] = forms.CharField(
                label=_("What the member gets"),
                max_length=MAX_CONTENT,
                widget=UnfoldAdminTextareaWidget({"rows": 4}),
                help_text=_("A text, a link, a key. Kept encrypted; only the member sees it."),
            )
        self.fields["note"] = forms.CharField(
            label=_("Note"),
            max_length=100,
            required=False,
            widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
            help_text=_("For staff, such as who drives.") if order.delivery == Delivery.LOCAL else "",
        )
        for portion in unsent:
            self.fields[_name(portion)] = forms.IntegerField(
                label=portion.line.title,
                min_value=0,
                max_value=portion.quantity,
                required=False,
                widget=UnfoldAdminIntegerFieldWidget(
                    {"inputmode": "numeric", "data-left": portion.quantity, "autocomplete": "off"}
                ),
            )

    def _add_carrier(self) -> None:
        choices = [("", _("Choose a carrier")), *((one.code, one.name) for one in carriers())]
        self.fields["carrier"] = forms.ChoiceField(
            label=_("Carrier"), choices=choices, widget=UnfoldAdminSelectWidget({"data-carrier": ""})
        )
        self.fields["tracking"] = forms.CharField(
            label=_("Tracking number"),
            min_length=4,
            max_length=MAX_TRACKING,
            widget=UnfoldAdminTextInputWidget(
                {"autocomplete": "off", "autocapitalize": "characters", "data-tracking": ""}
            ),
            help_text=_("Letters and digits; spaces are left out."),
            error_messages={"min_length": _("A tracking number of 4 to 40 characters is required.")},
        )

    def clean_tracking(self) -> str:
        """Read a number as it was spoken or scanned: without spaces and hyphens, in capitals."""
        return "".join(self.cleaned_data["tracking"].replace("-", " ").split()).upper()

    def clean(self) -> dict[str, Any]:
        """Refuse a parcel with nothing in it."""
        data = super().clean() or {}
        typed_wrong = any(_name(portion) in self.errors for portion in self.unsent)
        if not typed_wrong and not self.pieces():
            self.add_error(None, _("There is nothing in this parcel."))
        return data

    def pieces(self) -> dict[int, int]:
        """Return the pieces by line that were typed."""
        typed = {one.line.pk: self.cleaned_data.get(_name(one)) or 0 for one in self.unsent}
        return {line_id: quantity for line_id, quantity in typed.items() if quantity}

    def rows(self) -> list[dict[str, Any]]:
        """Return the lines with their quantity field, as the template draws them."""
        return [{"portion": one, "field": self[_name(one)]} for one in self.unsent]

    def parcel(self) -> Parcel:
        """Return what the service ships."""
        data = self.cleaned_data
        return Parcel(
            carrier=data.get("carrier", ""),
            tracking=data.get("tracking", ""),
            portions=tuple(Portion(line_id, quantity) for line_id, quantity in self.pieces().items()),
            note=data.get("note", ""),
            content=data.get("content", ""),
        )


class ParcelFormSet(forms.BaseFormSet):
    """All parcels of one press of the button: together they hold no more than is left."""

    def clean(self) -> None:
        """Refuse at the quantity where a line runs out, and a tracking number given twice."""
        left = {one.line.pk: one.quantity for form in self.forms[:1] for one in form.unsent}
        used: set[tuple[str, str]] = set()
        for form in self.forms:
            if not hasattr(form, "cleaned_data"):
                continue
            for line_id, quantity in form.pieces().items():
                if quantity > left[line_id]:
                    text = _("Only %(left)d left after the parcels above.") % {"left": left[line_id]}
                    form.add_error(f"line{line_id}", text)
                left[line_id] = max(0, left[line_id] - quantity)
            key = (form.cleaned_data.get("carrier", ""), form.cleaned_data.get("tracking", ""))
            if key[1] and key in used:
                form.add_error("tracking", gettext_lazy("Another parcel has this number."))
            used.add(key)

    def parcels(self) -> list[Parcel]:
        """Return what the service ships."""
        return [form.parcel() for form in self.forms]


def parcel_formset(
    order: Order, unsent: Sequence[Unsent], *, data: Any = None, carrier: str = ""
) -> ParcelFormSet:
    """Return the form; unposted it proposes everything that is left in one parcel."""
    factory = forms.formset_factory(
        ParcelForm,
        formset=ParcelFormSet,
        extra=0,
        min_num=1,
        max_num=MAX_PARCELS,
        absolute_max=MAX_PARCELS,
        validate_min=True,
        validate_max=True,
    )
    proposal = {_name(one): one.quantity for one in unsent}
    formset = factory(
        data,
        prefix=PREFIX,
        initial=[{**proposal, "carrier": carrier}],
        form_kwargs={
            "order": order,
            "unsent": unsent,
            "empty_permitted": False,
            "use_required_attribute": False,
        },
    )
    return cast(ParcelFormSet, formset)


def _name(portion: Unsent) -> str:
    return f"line{portion.line.pk}"
