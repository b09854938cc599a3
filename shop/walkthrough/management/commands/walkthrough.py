"""``manage.py walkthrough``: a whole purchase through the running shop, every answer printed."""

from io import StringIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.walkthrough.story import Story
from shop.walkthrough.visitor import Visitor, WalkthroughStopped

AUDITS = (
    "audit_stock",
    "audit_orders",
    "audit_payments",
    "audit_ledgers",
    "audit_wallet",
    "audit_points",
    "audit_cards",
    "audit_rewards",
)
WECHATS_OWN = (".qq.com", ".wechatpay.cn")


class Command(BaseCommand):
    """Plays shopper and staff against the running shop and its WeChat sandbox, then runs the audits."""

    help = (
        "Buy something in the running shop, step by step, against the WeChat sandbox; exit 1 if a step fails."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the addresses; by default those of the shop that runs in DATA."""
        parser.add_argument("--shop", default=settings.SHOP_BASE_URL, help="where the shop answers")
        parser.add_argument(
            "--sandbox", default=settings.WECHAT_API_BASE_URL, help="where the sandbox answers"
        )

    def handle(self, *args: Any, shop: str, sandbox: str, **options: Any) -> None:
        """Play the story; refuses to touch WeChat's own hosts, where money is real."""
        for url in (sandbox, settings.WECHATPAY_BASE_URL):
            if (urlsplit(url).hostname or "").endswith(WECHATS_OWN):
                raise CommandError(
                    "This shop is connected to WeChat itself; the walk-through is for the sandbox."
                )
        say = self.stdout.write
        say(f"集市 · Jishi {shop}   微信沙箱 · sandbox {sandbox}")
        story = Story(shop=Visitor(shop, say), sandbox=Visitor(sandbox, say), say=say)
        try:
            story.play()
        except WalkthroughStopped as stopped:
            raise CommandError(str(stopped)) from stopped
        self._audit()
        say(f"\n✓ 全程完成 · Done: {story.number}")
        say(f"  {shop}/admin/  →  订单 · Orders")

    def _audit(self) -> None:
        self.stdout.write("\n审计 · Audits")
        for name in AUDITS:
            said = StringIO()
            try:
                call_command(name, stdout=said, stderr=said)
            except SystemExit as ended:
                raise CommandError(f"{name}: {said.getvalue()}") from ended
            self.stdout.write(f"   ✓ {name}: {said.getvalue().strip()}")
