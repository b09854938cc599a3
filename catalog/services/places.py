"""The default location and freight template: exactly one of each, from the first day on."""

from typing import TypeVar

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _

from catalog.models import FreightTemplate, Location
from catalog.permissions import EDIT_PLACES
from shop.core import audit
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row, lock_rows
from shop.core.permissions import require

P = TypeVar("P", Location, FreightTemplate)


@in_transaction
def sync_places() -> str:
    """Make a default warehouse and freight template where the shop has none; a step of ``sync_shop``."""
    made: list[Location | FreightTemplate] = []
    with translation.override(settings.LANGUAGE_CODE):
        if not Location.objects.filter(is_default=True).exists():
            made.append(
                Location.objects.create(name=_free_name(Location, _("Main warehouse")), is_default=True)
            )
        if not FreightTemplate.objects.filter(is_default=True).exists():
            name = _free_name(FreightTemplate, _("Standard delivery"))
            made.append(FreightTemplate.objects.create(name=name, flat_fee=1000, is_default=True))
    return ", ".join(str(row) for row in made) or "default location and freight template exist"


@in_transaction
def set_default_location(*, actor: Actor, location_id: int) -> Location:
    """Make a location the one that express orders draw from. Locks all locations.

    Raises ``Forbidden`` or ``NotFound``.
    """
    return _set_default(actor, Location, location_id)


@in_transaction
def set_default_freight(*, actor: Actor, template_id: int) -> FreightTemplate:
    """Make a template that of products without one. Locks all. Raises ``Forbidden``, ``NotFound``."""
    return _set_default(actor, FreightTemplate, template_id)


def _set_default(actor: Actor, model: type[P], pk: int) -> P:
    require(actor, EDIT_PLACES)
    rows = lock_rows(model._default_manager.all())
    chosen = lock_row(model._default_manager.filter(pk=pk))
    before = [row.pk for row in rows if row.is_default]
    if before == [pk]:
        return chosen
    model._default_manager.filter(is_default=True).update(is_default=False)
    model._default_manager.filter(pk=pk).update(is_default=True)
    chosen.is_default = True
    audit.record(
        actor=actor, action=EDIT_PLACES, subject=chosen, before={"default": before}, after={"default": [pk]}
    )
    return chosen


def _free_name(model: type[models.Model], name: str) -> str:
    taken = set(model._default_manager.values_list("name", flat=True))
    return next(
        found for found in (name, *(f"{name} {n}" for n in range(2, len(taken) + 3))) if found not in taken
    )
