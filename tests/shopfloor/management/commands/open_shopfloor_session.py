"""Log a member in without WeChat: prints an access token."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from shop.core.auth import open_session


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("member_id", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(open_session(member_id=options["member_id"]).access)
