"""Workbooks in and out: one run per file, one item per thing in it, one issue per cell that is wrong."""

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.actors import Actor
from shop.core.naming import actor_title


def private_storage() -> Storage:
    """Return where files lie that only the console may give out."""
    return storages["private"]


class SheetRun(models.Model):
    """One import or export. Times are true time.

    An import is ``uploaded`` until a worker has read it, ``previewed`` until somebody confirms, ``running``
    until every item is done. Whoever works on a run holds its lease (``lease``, ``leased_until``); a worker
    that dies loses it, and the next one goes on with the items that are left. ``attempts`` counts leases
    since the last progress.
    """

    class Direction(models.TextChoices):
        IMPORT = "import", _("import")
        EXPORT = "export", _("export")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("being checked")
        PREVIEWED = "previewed", _("waiting for confirmation")
        RUNNING = "running", _("in progress")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = (State.UPLOADED, State.RUNNING)
    """States in which a worker has something to do."""

    kind = models.CharField(max_length=60)
    direction = models.CharField(_("direction"), max_length=6, choices=Direction.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UPLOADED)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=150)
    language = models.CharField(max_length=10)
    options = models.JSONField(default=dict)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    source = models.FileField(storage=private_storage, max_length=200, blank=True)
    archive = models.FileField(storage=private_storage, max_length=200, blank=True)
    result = models.FileField(storage=private_storage, max_length=200, blank=True)
    total = models.PositiveIntegerField(_("things"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    counts = models.JSONField(default=dict)
    """Of the preview: ``rows``, ``new``, ``changed``, ``unchanged``, ``error``, ``warning``."""
    summary = models.JSONField(default=dict)
    """What else the preview has to say, by the kind of workbook."""
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    problem = models.CharField(_("error"), max_length=500, blank=True)
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("created at"), default=clock.wall)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("workbook run")
        verbose_name_plural = _("workbook runs")
        indexes = [
            models.Index(fields=["kind", "direction", "-id"], name="sheet_run_newest"),
            models.Index(
                fields=["leased_until"], condition=Q(state__in=("uploaded", "running")), name="sheet_run_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def actor(self) -> Actor:
        """Return who started the run: what it does, it does as them, with the permissions they have then."""
        kind = "staff" if self.actor_kind == "staff" else "system"
        return Actor(kind=kind, id=self.actor_id, label=self.actor_label)  # type: ignore[arg-type]

    @property
    def actor_title(self) -> str:
        """Return who started it, in words."""
        return actor_title(self.actor_kind, self.actor_label)

    @property
    def percent(self) -> int:
        """Return how much is done, in whole percent."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_open(self) -> bool:
        """Return whether a worker has something to do, so that the page should look again."""
        return self.state in self.OPEN


class SheetItem(models.Model):
    """One thing of an import, such as a product with its rows; it is applied whole, once, or not at all."""

    class Verdict(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        UNCHANGED = "unchanged", _("unchanged")
        ERROR = "error", _("error")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        LEFT = "left", _("left out")

    run = models.ForeignKey(SheetRun, on_delete=models.CASCADE, related_name="items", db_index=False)
    ordinal = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    label = models.CharField(max_length=200)
    sheet = models.CharField(max_length=30)
    row = models.PositiveIntegerField()
    rows = models.PositiveIntegerField(default=1)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    payload = models.JSONField(default=dict)
    differences = models.JSONField(default=list)
    subject = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("workbook item")
        verbose_name_plural = _("workbook items")
        constraints = [models.UniqueConstraint(fields=("run", "ordinal"), name="sheet_item_once")]
        indexes = [
            models.Index(fields=["run", "ordinal"], condition=Q(state="waiting"), name="sheet_item_waiting"),
            models.Index(fields=["run", "verdict", "ordinal"], name="sheet_item_verdict"),
        ]

    def __str__(self) -> str:
        return self.label


class SheetIssue(models.Model):
    """What is wrong, or doubtful, at one cell. ``message`` is in the language of whoever uploaded."""

    run = models.ForeignKey(SheetRun, on_delete=models.CASCADE, related_name="issues", db_index=False)
    item = models.ForeignKey(SheetItem, on_delete=models.CASCADE, null=True, related_name="issues")
    sheet = models.CharField(max_length=30)
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=30, blank=True)
    code = models.CharField(max_length=60)
    message = models.CharField(max_length=500)
    value = models.CharField(max_length=200, blank=True)
    is_warning = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("workbook issue")
        verbose_name_plural = _("workbook issues")
        indexes = [models.Index(fields=["run", "is_warning", "row", "id"], name="sheet_issue_row")]

    def __str__(self) -> str:
        return f"{self.row} {self.column} {self.code}"
