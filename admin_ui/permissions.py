"""Business actions of the console itself."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

declare(
    codename="core.view_operations",
    title=_("See jobs, queues and failed deliveries"),
    roles=(Role.OPERATIONS, Role.AUDITOR),
)
declare(
    codename="core.retry_dead_letters", title=_("Retry failed deliveries"), roles=(Role.OPERATIONS,)
)
declare(codename="core.run_jobs", title=_("Run a job now"), roles=(Role.OPERATIONS,))
declare(codename="core.pause_jobs", title=_("Pause and resume jobs"), sensitive=True)
declare(codename="core.view_staff", title=_("See staff and roles"), roles=(Role.AUDITOR,))
declare(codename="core.manage_staff", title=_("Open, change and shut staff accounts"), sensitive=True)
declare(codename="core.manage_roles", title=_("Change what roles may do"), sensitive=True)
