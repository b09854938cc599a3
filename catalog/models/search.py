"""What shoppers look for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchTerm(models.Model):
    """One normalised search text on one Beijing day, and how often it was asked for.

    Hot words and suggestions are read from the recent days; a job adds up what the web processes counted in
    Redis and forgets old days.
    """

    term = models.CharField(_("search text"), max_length=40)
    day = models.DateField(_("day"))
    searches = models.PositiveIntegerField(_("searches"), default=0)
    found = models.PositiveIntegerField(_("searches with results"), default=0)

    class Meta:
        verbose_name = _("search text")
        verbose_name_plural = _("search texts")
        constraints = [models.UniqueConstraint(fields=("day", "term"), name="catalog_search_term_once")]
        indexes = [
            models.Index(
                fields=["term"], opclasses=["varchar_pattern_ops"], name="catalog_search_term_prefix"
            )
        ]

    def __str__(self) -> str:
        return self.term


class HotWord(models.Model):
    """A word that staff put on top of the hot list, or keep off it."""

    term = models.CharField(_("search text"), max_length=40, unique=True)
    is_blocked = models.BooleanField(_("never shown"), default=False)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("hot word")
        verbose_name_plural = _("hot words")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.term
