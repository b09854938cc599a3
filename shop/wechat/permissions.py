"""What staff may do with WeChat's messages."""

from django.utils.translation import gettext_lazy as _

from shop.core.permissions import Role, declare

RETRY_MESSAGE = "wechat.retry_message"

declare(codename=RETRY_MESSAGE, title=_("Retry a message from WeChat"), roles=(Role.OPERATIONS, Role.FINANCE))
