"""The console's one visual language, as the theme library wants it (``settings.UNFOLD``).

Colours are OKLCH. Teal is the only accent; red, orange and green are kept for danger, warning and success.
"""

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

TEAL = {
    "50": "oklch(98.4% .014 180.72)",
    "100": "oklch(95.3% .04 180.8)",
    "200": "oklch(91% .07 180.43)",
    "300": "oklch(82% .1 181.07)",
    "400": "oklch(72% .12 181.91)",
    "500": "oklch(60% .11 184.7)",
    "600": "oklch(51.1% .096 186.39)",
    "700": "oklch(43.7% .078 188.22)",
    "800": "oklch(38.6% .063 188.42)",
    "900": "oklch(33% .055 190)",
    "950": "oklch(27.7% .046 192.52)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Jishi"),
    "SITE_HEADER": _("Jishi"),
    "SITE_SUBHEADER": _("Merchant console"),
    "SITE_SYMBOL": "storefront",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("admin_ui/favicon.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": False,
    "ENVIRONMENT": "admin_ui.environment.environment_label",
    "BORDER_RADIUS": "6px",
    "COLORS": {"primary": TEAL},
    "STYLES": [lambda request: static("admin_ui/console.css")],
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "admin_ui.navigation.sidebar",
    },
    "COMMAND": {"search_models": False, "search_callback": "admin_ui.navigation.search_pages"},
    "LOGIN": {"form": "admin_ui.login.LoginForm"},
}
