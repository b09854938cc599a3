"""Points, growth and gift money together: what is promised, and what was given."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.gifts import Gifts
from shop.core.money import FenField

MOST = 1_000_000
"""Most points or growth of one reward: a slip of the hand costs no fortune."""


class Bundle(models.Model):
    """The columns of a reward; ``money`` is gift money in fen."""

    points = models.PositiveIntegerField(_("points"), default=0, validators=[MaxValueValidator(MOST)])
    growth = models.PositiveIntegerField(_("growth"), default=0, validators=[MaxValueValidator(MOST)])
    money = FenField(_("gift money"), default=0, validators=[MinValueValidator(0)])

    class Meta:
        abstract = True

    @property
    def gifts(self) -> Gifts:
        """Return it as gifts."""
        return Gifts(money=self.money, points=self.points, growth=self.growth)
