"""Something to pay for, with stock behind it, and something to pay out."""

from django.db import models
from django.db.models import Q


class Shelf(models.Model):
    """Stock of one thing; a bill holds one unit from its creation until it is released."""

    free = models.IntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(free__gte=0), name="shelf_never_negative")]

    def __str__(self) -> str:
        return f"{self.free} free"


class Bill(models.Model):
    """A payable. ``confirmed``, ``refused`` and ``released`` count what its handler was told."""

    number = models.CharField(max_length=32, unique=True)
    member_id = models.BigIntegerField()
    amount = models.BigIntegerField()
    part = models.CharField(max_length=8, default="full")
    state = models.CharField(max_length=8, default="open")
    shelf = models.ForeignKey(Shelf, on_delete=models.PROTECT, null=True)
    expires_at = models.DateTimeField(null=True)
    confirmed = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    released = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.number} {self.state}"


class Payout(models.Model):
    """Something that a transfer pays out; counts what its owner was told."""

    number = models.CharField(max_length=32, unique=True)
    settled = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)
    reason = models.CharField(max_length=128, default="")

    def __str__(self) -> str:
        return self.number
