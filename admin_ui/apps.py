"""Django application configuration, and the console's default site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class AdminUiConfig(AppConfig):
    name = "admin_ui"
    verbose_name = _("Console")
    default_auto_field = "django.db.models.BigAutoField"
    default = True


class ConsoleConfig(AdminConfig):
    """Django's admin with the shop's own site in place of the stock one."""

    default_site = "admin_ui.sites.ConsoleSite"
