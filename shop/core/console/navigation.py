"""The sidebar's groups. A page names its group; the console builds the sidebar from what is registered."""

from enum import Enum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class NavGroup(Enum):
    """One block of the sidebar; the order here is the order on screen."""

    HOME = _("Workspace")
    ORDERS = _("Orders")
    CATALOG = _("Products")
    PROMOTIONS = _("Marketing")
    MEMBERS = _("Members")
    DISTRIBUTION = _("Promoters")
    FINANCE = _("Finance")
    WECHAT = _("WeChat")
    STAFF = _("Staff and security")
    SYSTEM = _("System")

    def __new__(cls, title: Promise) -> "NavGroup":
        member = object.__new__(cls)
        member._value_ = len(cls.__members__)
        member._title = title
        return member

    _title: Any

    @property
    def title(self) -> str:
        """Return the block's heading in the reader's language."""
        return str(self._title)
