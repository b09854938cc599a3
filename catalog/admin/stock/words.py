"""What the scripts of stock-in and stock-take say, in the reader's language."""

from django.utils.translation import gettext as _


def paper_words() -> dict[str, str]:
    """Return the script's sentences; ``{…}`` is filled in by the script."""
    return {
        "below": _("{reserved} pieces are promised to orders. Cancel or move those orders first."),
        "confirm": _("Book the count"),
        "failed": _("The shop did not answer. Press again: it is booked once only."),
        "logged_out": _("You are logged out. Log in again in another tab, then press here: nothing is lost."),
        "missing": _("Unknown codes: {codes}"),
        "mistakes": _("Please correct {count} mistakes. Nothing was booked."),
        "moved": _("Goods moved while you were counting. Here are the differences as they are now."),
        "none_found": _("Nothing found for “{text}”."),
        "preview": _("See the differences"),
        "remove": _("Remove"),
        "right": _("as booked"),
        "summary": _("{lines} SKUs, {pieces} pieces"),
        "differences": _("{count} SKUs differ: {pieces} pieces in all"),
    }
