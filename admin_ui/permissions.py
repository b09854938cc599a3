"""Business actions of the console itself; those of the ground floor are declared there."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

declare(codename="core.pause_job", title=_("Pause and resume jobs"), sensitive=True)
declare(codename="core.view_staff", title=_("See staff and roles"), roles=(Role.AUDITOR,))
declare(
    codename="core.view_approvals",
    title=_("See what waits for a second person"),
    roles=(Role.OPERATIONS, Role.SERVICE, Role.FINANCE, Role.AUDITOR),
)
