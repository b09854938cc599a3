"""Everything this room puts into the console; Django imports it when the site is assembled."""

from constance.admin import Config
from django.contrib import admin

from admin_ui.approvals import admin as approvals_admin
from admin_ui.audit import admin as audit_admin
from admin_ui.operations import admin as operations_admin
from admin_ui.operations import page as operations_page
from admin_ui.settings import page as settings_page
from admin_ui.staff import admin as staff_admin
from admin_ui.staff import pages as staff_pages

__all__ = [
    "approvals_admin",
    "audit_admin",
    "operations_admin",
    "operations_page",
    "settings_page",
    "staff_admin",
    "staff_pages",
]

# The settings page of ours writes through the audited registry; the library's own would go around it.
admin.site.unregister([Config])
