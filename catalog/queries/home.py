"""The home page's sections as they are shown at a moment."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q

from catalog.models import HomeItem, HomeSection, Product
from catalog.queries.images import LIST_WIDTH, PAGE_WIDTH, rendition_url


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A banner, shortcut, notice or picked product; ``link_id`` is a product's or a category's."""

    title: str
    image: str
    link: str
    link_id: int | None
    path: str


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section that is visible now, with its items in order."""

    id: int
    kind: str
    title: str
    source: str
    category_id: int | None
    tag_id: int | None
    limit: int
    items: list[ShownItem]


def home_sections(now: datetime) -> list[ShownSection]:
    """Return the sections shown at ``now``, in the merchant's order. Two queries.

    Links to a product that is not on sale, or to a hidden or deleted category, lead nowhere.
    """
    items = HomeItem.objects.select_related("product", "category").defer(
        "product__search", "product__detail", "product__attributes"
    )
    sections = HomeSection.objects.filter(
        Q(starts_at__isnull=True) | Q(starts_at__lte=now),
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        is_visible=True,
    ).prefetch_related(Prefetch("items", queryset=items.order_by("position", "id")))
    return [_shown(section) for section in sections.order_by("position", "id")]


def _shown(section: HomeSection) -> ShownSection:
    width = LIST_WIDTH if section.kind == HomeSection.Kind.SHORTCUTS else PAGE_WIDTH
    return ShownSection(
        id=section.pk,
        kind=section.kind,
        title=section.title,
        source=section.source,
        category_id=section.category_id,
        tag_id=section.tag_id,
        limit=section.limit,
        items=[_item(item, width) for item in section.items.all()],
    )


def _item(item: HomeItem, width: int) -> ShownItem:
    link, target = _target(item)
    image = rendition_url(item.image.name, item.renditions, width=width)
    return ShownItem(item.title, image, link, target, item.path if link == HomeItem.Link.PATH else "")


def _target(item: HomeItem) -> tuple[str, int | None]:
    product, category = item.product, item.category
    if item.link == HomeItem.Link.PRODUCT:
        if product is not None and product.state == Product.State.ON_SALE and not product.is_deleted:
            return item.link, product.pk
        return HomeItem.Link.NONE, None
    if item.link == HomeItem.Link.CATEGORY:
        if category is not None and category.is_visible:
            return item.link, category.pk
        return HomeItem.Link.NONE, None
    return item.link, None
