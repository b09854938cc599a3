"""Django application configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "shop.core"
    label = "core"
    verbose_name = _("Core")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register checks and path converters, collect what every app declares, start reporting."""
        from shop.core import checks, configuration, observability  # noqa: F401
        from shop.core.api import converters

        converters.register()
        autodiscover_modules("permissions", "runtime", "approvals")
        observability.configure()
