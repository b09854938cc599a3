"""``manage.py run_job NAME``: run one job now, in this process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.core.jobs import registered_jobs, run_job


class Command(BaseCommand):
    """Run a job by hand, recorded like any other run."""

    help = "Run one job now and print how many things it did."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the job's name, or ``--list``."""
        parser.add_argument("name", nargs="?", help="the job to run")
        parser.add_argument("--list", action="store_true", help="list the jobs and their schedules")

    def handle(self, *args: Any, name: str | None = None, **options: Any) -> None:
        """Run it; an unknown name lists nothing and fails."""
        jobs = registered_jobs()
        if options["list"]:
            for job in jobs.values():
                self.stdout.write(f"{job.name:40} {job.queue:9} {job.every}  {job.title}")
            return
        if name is None or name not in jobs:
            raise CommandError("Name one of the jobs that `run_job --list` shows.")
        self.stdout.write(f"{name}: {run_job(name)}")
