"""The demonstration shop's home page: the sections of ``demo/home.toml``, written as staff would."""

import tomllib
from collections.abc import Mapping
from typing import Any

from catalog.models import Category, HomeSection, Product
from catalog.rules.home import HomeItemFields, HomeSectionFields
from catalog.services.home import save_home_section
from catalog.services.media import upload_media
from demo.pictures import PICTURES
from demo.source import FOLDER
from shop.core.actors import Actor

_ACTOR = Actor.system("load_demo")


def load_home() -> str:
    """Make the home page, unless there is one or the shop has other goods than the demonstration's."""
    if HomeSection.objects.exists():
        return "left alone: the home page has sections already"
    sections = tomllib.loads((FOLDER / "home.toml").read_text(encoding="utf-8"))["section"]
    wanted = {code for section in sections for code in section.get("products", ())}
    products = dict(Product.objects.filter(code__in=wanted).values_list("code", "pk"))
    if len(products) < len(wanted):
        return "left alone: the demonstration goods are not there"
    categories = _categories()
    for section in sections:
        save_home_section(actor=_ACTOR, fields=_fields(section, products, categories))
    return f"{len(sections)} sections"


def _fields(
    section: Mapping[str, Any], products: Mapping[str, int], categories: Mapping[str, int]
) -> HomeSectionFields:
    items = [HomeItemFields(product_id=products[code]) for code in section.get("products", ())]
    items += [
        HomeItemFields(
            media_id=_picture(item["image"]),
            title=item["title"],
            link="category",
            category_id=categories[item["link"]["category"]],
        )
        for item in section.get("items", ())
    ]
    return HomeSectionFields(kind=section["kind"], title=section.get("title", ""), items=tuple(items))


def _picture(name: str) -> int:
    return upload_media(actor=_ACTOR, content=(PICTURES / name).read_bytes(), render=True).pk


def _categories() -> dict[str, int]:
    """Return categories by path, such as 食品/茶叶."""
    names: dict[str, str] = {}
    found = {}
    for category in Category.objects.order_by("path"):
        parent = names.get(category.path[: -Category.steplen], "")
        names[category.path] = f"{parent}/{category.name}" if parent else category.name
        found[names[category.path]] = category.pk
    return found
