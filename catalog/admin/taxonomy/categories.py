"""The category tree: add, rename, move, hide, delete; default stock levels and pictures."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Category
from catalog.permissions import EDIT_TAXONOMY, SEE_PRODUCTS
from catalog.queries.categories import category_rows
from catalog.services.pictures import store_picture
from catalog.services.taxonomy import create_category, delete_category, move_category, update_category
from shop.core.actors import Actor
from shop.core.console import ConsolePage, NavGroup, actor_of, console_page, may
from shop.core.console.answers import answers_json
from shop.core.console.reading import InputReader
from shop.core.db import transaction
from shop.core.errors import InvalidInput, NotFound
from shop.core.permissions import require


@console_page
class CategoriesPage(ConsolePage):
    """The tree. POST answers JSON to the page's own script."""

    name = "categories"
    path = "categories/"
    title = gettext_lazy("Categories")
    template_name = "catalog/console/categories.html"
    permission = SEE_PRODUCTS
    nav_group = NavGroup.CATALOG
    nav_icon = "account_tree"
    nav_order = 20

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the tree."""
        return super().get_context_data(
            rows=category_rows(),
            may_edit=may(self.request.user, EDIT_TAXONOMY),
            page_data={"words": _words()},
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the script asks; the page then loads anew."""
        return answers_json(change_tree)(request)


def change_tree(request: HttpRequest) -> dict[str, Any]:
    """Save, move or delete a category. Raises what the services refuse."""
    actor = actor_of(request)
    require(actor, EDIT_TAXONOMY)
    reader = InputReader(request.POST.dict())
    category_id = reader.reference("id")
    match reader.text("action"):
        case "save":
            _save(actor, request, reader, category_id)
        case "up" | "down" as direction if category_id is not None:
            _step(actor, category_id, direction)
        case "delete" if category_id is not None:
            delete_category(actor=actor, category_id=category_id)
            messages.success(request, _("Deleted."))
        case _:
            raise InvalidInput
    return {"done": True}


def _save(actor: Actor, request: HttpRequest, reader: InputReader, category_id: int | None) -> None:
    values: dict[str, Any] = {
        "name": reader.text("name"),
        "is_visible": reader.text("is_visible") == "on",
        "warning_level": reader.integer("warning_level"),
        "safety_level": reader.integer("safety_level"),
    }
    parent_id = reader.reference("parent")
    if reader.errors:
        raise InvalidInput(errors=reader.errors)
    picture = request.FILES.get("picture")
    if picture is not None:
        values["image"] = store_picture(content=picture.read(), folder="categories")
    elif reader.text("remove_picture") == "on":
        values["image"] = ""
    with transaction():
        if category_id is None:
            create_category(actor=actor, parent_id=parent_id, **values)
        else:
            update_category(actor=actor, category_id=category_id, **values)
            _place(actor, category_id, parent_id)
    messages.success(request, _("Saved."))


def _place(actor: Actor, category_id: int, parent_id: int | None) -> None:
    """Move a category below another one, or to the top, if it is not there yet."""
    category = _find(category_id)
    present = Category.objects.get_parent(category)
    if (present.pk if present else None) == parent_id:
        return
    if parent_id is not None:
        move_category(actor=actor, category_id=category_id, target_id=parent_id, position="last-child")
        return
    last = Category.objects.filter(depth=1).order_by("-path")[0]
    move_category(actor=actor, category_id=category_id, target_id=last.pk, position="right")


def _step(actor: Actor, category_id: int, direction: str) -> None:
    """Move a category past its neighbour; at the end of its level nothing happens."""
    category = _find(category_id)
    find = Category.objects.get_prev_sibling if direction == "up" else Category.objects.get_next_sibling
    neighbour = find(category)
    if neighbour is not None:
        side = "left" if direction == "up" else "right"
        move_category(actor=actor, category_id=category_id, target_id=neighbour.pk, position=side)


def _find(category_id: int) -> Category:
    category: Category | None = Category.objects.filter(pk=category_id).first()
    if category is None:
        raise NotFound
    return category


def _words() -> dict[str, str]:
    return {
        "add": _("New category"),
        "edit": _("Edit the category"),
        "failed": _("The shop did not answer. Nothing was lost here; try again."),
        "logged_out": _("You are logged out. Log in again in another tab, then save here: nothing is lost."),
        "really": _("Delete “{name}”?"),
    }
