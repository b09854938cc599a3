"""Django application configuration, and the console's default site."""

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.translation import gettext_lazy as _


class AdminUiConfig(AppConfig):
    name = "admin_ui"
    verbose_name = _("Console")
    default_auto_field = "django.db.models.BigAutoField"
    default = True


class ConsoleConfig(SimpleAdminConfig):
    """Django's admin with the shop's own site in place of the stock one.

    The pages are found when the routes are loaded (`shop.urls`), not by every process: they are a third of
    what there is to import, and neither worker nor beat nor a command shows any.
    """

    default_site = "admin_ui.sites.ConsoleSite"
