"""What every row has that a job comes back to."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Watched(models.Model):
    """A row that a job looks at when its time has come.

    ``due_at`` is business time and empty when nothing is left to do; ``leased_until`` is true time, so that a
    worker that died gives the row back although the shop's clock is shifted.
    """

    due_at = models.DateTimeField(_("next look"), null=True, blank=True)
    looks = models.PositiveIntegerField(_("looks so far"), default=0)
    leased_until = models.DateTimeField(_("worked on until"), null=True, blank=True)

    class Meta:
        abstract = True
