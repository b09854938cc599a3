"""What the jobs did and when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.core import clock


class JobRun(models.Model):
    """One run of one job. Times are true time; only the newest runs of each job are kept."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        LOST = "lost", _("lost")

    name = models.CharField(_("job"), max_length=100)
    started_at = models.DateTimeField(_("started at"), default=clock.wall)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, default=Outcome.RUNNING)
    processed = models.PositiveIntegerField(_("things done"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        indexes = [models.Index(fields=["name", "-id"], name="job_run_newest")]

    def __str__(self) -> str:
        from shop.core.jobs.registry import registered_jobs  # whose package stores rows of this table

        job = registered_jobs().get(self.name)
        moment = self.started_at.astimezone(clock.BEIJING)
        return f"{job.title if job else self.name} {moment:%Y-%m-%d %H:%M:%S}"
