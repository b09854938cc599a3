"""WeChat's daily bills, kept as they came."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.payments.models.watched import Watched


class BillFile(Watched):
    """One day's bill. ``totals`` is WeChat's own summary row in fen and counts, by its column names."""

    class Kind(models.TextChoices):
        TRADE = "trade", _("Trade bill")
        FUND_FLOW = "fund_flow", _("Fund flow")

    class State(models.TextChoices):
        WANTED = "wanted", _("Not fetched yet")
        STORED = "stored", _("Stored")
        EMPTY = "empty", _("WeChat has no entries for the day")

    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WANTED)
    file = models.FileField(_("file"), upload_to="bills/%Y/%m", blank=True)
    sha1 = models.CharField(_("SHA-1"), max_length=40, blank=True)
    size = models.BigIntegerField(_("bytes"), default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    totals = models.JSONField(_("totals"), default=dict)
    last_answer = models.CharField(_("last answer"), max_length=64, blank=True)
    fetched_at = models.DateTimeField(_("fetched"), null=True, blank=True)

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        constraints = [models.UniqueConstraint(fields=["day", "kind"], name="bill_one_per_day_and_kind")]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"
