"""Categories, brands, tags and the like by name: finding them, and making those that a workbook brings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connection

from catalog.models import Attribute, Brand, Category, ServicePromise, Tag
from catalog.permissions import EDIT_TAXONOMY
from catalog.services.taxonomy import create_category
from shop.core import audit
from shop.core.actors import Actor
from shop.core.permissions import require

Path = tuple[str, ...]
_LOCK = 0x676F6F6473  # one import at a time makes names, so that two do not make the same


@dataclass
class Names:
    """What the shop has, by name."""

    categories: dict[Path, int] = field(default_factory=dict)
    brands: dict[str, int] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    promises: dict[str, int] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    freight: dict[str, int] = field(default_factory=dict)


_NAMES = """
SELECT 'brands', id, name, '' FROM catalog_brand
UNION ALL SELECT 'tags', id, name, '' FROM catalog_tag
UNION ALL SELECT 'promises', id, name, '' FROM catalog_servicepromise
UNION ALL SELECT 'freight', id, name, '' FROM catalog_freighttemplate
UNION ALL SELECT 'attributes', id, name, '' FROM catalog_attribute
UNION ALL SELECT 'categories', id, name, path FROM catalog_category
ORDER BY 4, 2
"""


def load_names() -> Names:
    """Return all names; one query. Of two categories of one name the first counts."""
    names = Names()
    plain = {"brands": names.brands, "tags": names.tags, "promises": names.promises, "freight": names.freight}
    by_path: dict[str, Path] = {}
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)
        for kind, pk, name, path in cursor:
            if kind == "categories":
                by_path[path] = (*by_path.get(path[: -Category.steplen], ()), name)
                names.categories.setdefault(by_path[path], pk)
            elif kind == "attributes":
                names.attributes.add(name)
            else:
                plain[kind][name] = pk
    return names


@dataclass
class Wanted:
    """Names that one product (or all of them) needs."""

    categories: set[Path] = field(default_factory=set)
    brands: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    promises: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)

    def missing(self, names: Names) -> "Wanted":
        """Return those that the shop does not have; of a category all that is missing on the way to it."""
        ways = {path[:depth] for path in self.categories for depth in range(1, len(path) + 1)}
        return Wanted(
            categories={way for way in ways if way not in names.categories},
            brands=self.brands - names.brands.keys(),
            tags=self.tags - names.tags.keys(),
            promises=self.promises - names.promises.keys(),
            attributes=self.attributes - names.attributes,
        )

    def add(self, other: "Wanted") -> None:
        """Take in another's names."""
        self.categories |= other.categories
        self.brands |= other.brands
        self.tags |= other.tags
        self.promises |= other.promises
        self.attributes |= other.attributes

    def __bool__(self) -> bool:
        return any((self.categories, self.brands, self.tags, self.promises, self.attributes))

    def as_json(self) -> dict[str, list[str]]:
        """Return the names for the preview."""
        return {
            "categories": sorted("/".join(path) for path in self.categories),
            "brands": sorted(self.brands),
            "tags": sorted(self.tags),
            "promises": sorted(self.promises),
            "attributes": sorted(self.attributes),
        }


def ensure_names(*, actor: Actor, wanted: Wanted, names: Names) -> Names:
    """Make what is missing, in the caller's transaction, and return the names as they are then.

    Holds an advisory lock until the transaction ends. Raises ``Forbidden`` when something is missing and the
    actor may not edit categories and brands, ``InvalidInput`` for a name that cannot be.
    """
    if not wanted.missing(names):
        return names
    require(actor, EDIT_TAXONOMY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    names = load_names()
    missing = wanted.missing(names)
    for path in sorted(missing.categories, key=len):
        parent = names.categories[path[:-1]] if len(path) > 1 else None
        names.categories[path] = create_category(actor=actor, name=path[-1], parent_id=parent).pk
    _make(actor, Brand, missing.brands, names.brands)
    _make(actor, Tag, missing.tags, names.tags)
    _make(actor, ServicePromise, missing.promises, names.promises)
    made: dict[str, int] = {}
    _make(actor, Attribute, missing.attributes, made)
    names.attributes |= made.keys()
    return names


def _make(
    actor: Actor,
    model: type[Brand | Tag | ServicePromise | Attribute],
    missing: Iterable[str],
    known: dict[str, int] | Mapping[str, int],
) -> None:
    for name in sorted(missing):
        # Somebody at the console may have made it this moment.
        row, created = model._default_manager.get_or_create(name=name)
        if isinstance(known, dict):
            known[name] = row.pk
        if created:
            audit.record(actor=actor, action=EDIT_TAXONOMY, subject=row, after={"name": name})
