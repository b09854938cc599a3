"""What the editor's script says, in the reader's language."""

from django.utils.translation import gettext as _


def editor_words() -> dict[str, str]:
    """Return the script's sentences; ``{…}`` is filled in by the script."""
    return {
        "active": _("Active"),
        "add_value": _("Add a value, then Enter"),
        "attribute_name": _("Name, such as origin"),
        "attribute_value": _("Value"),
        "auto": _("automatic"),
        "barcode": _("Barcode"),
        "choose": _("Choose…"),
        "code": _("SKU code"),
        "code_fixed": _("Codes of stored SKUs stay: orders and stock name them."),
        "cost": _("Cost (yuan)"),
        "cover": _("Cover"),
        "delete": _("Delete"),
        "doubtful": _("Doubtful in advertising: “{word}” — {law}"),
        "failed": _("The shop did not answer. Nothing was lost here; try again."),
        "later": _("Move back"),
        "logged_out": _("You are logged out. Log in again in another tab, then save here: nothing is lost."),
        "market_price": _("Crossed-out price (yuan)"),
        "mistakes": _("Please correct {count} mistakes. Nothing was saved, and nothing you typed is lost."),
        "moved": _(
            "{by} changed this product at {at} ({changed}). Nothing was saved; what you typed is still here."
        ),
        "no_picture": _("No picture"),
        "none": _("None"),
        "one_sku": _("One specification only"),
        "picture": _("Picture"),
        "price": _("Price (yuan)"),
        "remove": _("Remove"),
        "remove_spec": _("Remove this specification"),
        "retire": _("These SKUs are taken off when you save: {codes}"),
        "saving": _("Saving…"),
        "sooner": _("Move forward"),
        "source": _("HTML source"),
        "spec_name": _("Specification, such as colour"),
        "too_large": _("{name}: pictures up to 10 MB, videos up to 50 MB."),
        "unsaved": _("There are unsaved changes."),
        "uploading": _("Uploading {name}…"),
        "values": _("Values"),
        "visual": _("Visual editor"),
        "volume_cm3": _("Volume (cm³)"),
        "weight_g": _("Weight (g)"),
    }
