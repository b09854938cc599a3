"""The product editor: one page for a new product, an old one, and for whoever may only look."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.admin.products.saving import save_product
from catalog.admin.products.words import editor_words
from catalog.models import Brand, FreightTemplate, Product, ServicePromise, Tag
from catalog.permissions import (
    CHANGE_PRICE,
    DELETE_PRODUCT,
    EDIT_PRODUCT,
    LIST_PRODUCT,
    SEE_COST,
    SEE_PRODUCTS,
    SEE_STOCK,
)
from catalog.queries.editing import (
    attribute_names,
    category_choices,
    picture_state,
    price_history,
    product_state,
    stock_of_product,
)
from catalog.queries.findings import product_findings
from catalog.rules.html import clean_detail
from catalog.rules.wording import Finding, check_wording
from catalog.services.media import upload_media
from catalog.services.products import copy_product
from shop.core.console import actor_of, may
from shop.core.console.answers import answers_json, sent_json
from shop.core.console.reading import InputReader
from shop.core.errors import FieldError, InvalidInput
from shop.core.permissions import require

TEMPLATE = "catalog/console/editor.html"


def editor_page(request: HttpRequest, product_id: int | None) -> HttpResponse:
    """Show the editor, or store what it sends (JSON) and answer where to go next."""
    needed = EDIT_PRODUCT if product_id is None or request.method == "POST" else SEE_PRODUCTS
    if not may(request.user, needed):
        raise PermissionDenied
    if request.method == "POST":
        return save(request, product_id)
    product = None if product_id is None else _find(product_id)
    return TemplateResponse(request, TEMPLATE, _context(request, product))


@answers_json
def save(request: HttpRequest, product_id: int | None) -> dict[str, Any]:
    """Store the page."""
    product = save_product(request, sent_json(request), product_id=product_id)
    on_sale = product.state == Product.State.ON_SALE
    messages.success(request, _("Saved and on sale.") if on_sale else _("Saved."))
    return {"id": product.pk, "next": reverse("admin:catalog_product_change", args=[product.pk])}


@require_POST
@answers_json
def upload(request: HttpRequest) -> dict[str, Any]:
    """Take one picture or video; the editor attaches it when it saves."""
    actor = actor_of(request)
    require(actor, EDIT_PRODUCT)
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput(errors=[FieldError("file", "required", _("Choose a file."))])
    is_hidden = request.POST.get("hidden") == "1"
    return picture_state(upload_media(actor=actor, content=file.read(), in_detail=is_hidden, shared=False))


@require_POST
@answers_json
def check(request: HttpRequest) -> dict[str, Any]:
    """Return the detail as it will be kept, and the doubtful words of the page as it is typed."""
    require(actor_of(request), EDIT_PRODUCT)
    reader = InputReader(sent_json(request))
    detail = clean_detail(reader.text("detail"))
    texts = {"title": reader.text("title"), "subtitle": reader.text("subtitle"), "detail": detail}
    for row in reader.rows("attributes"):
        texts[f"attributes.{row.text('name')}"] = row.text("value")
    return {"detail": detail, "findings": [_finding(found) for found in check_wording(texts)]}


@require_POST
def copy(request: HttpRequest, product_id: int) -> HttpResponse:
    """Make a copy and open it."""
    product = copy_product(actor=actor_of(request), product_id=product_id)
    messages.success(request, _("This is the copy, a draft. Check title, codes and prices."))
    return HttpResponseRedirect(reverse("admin:catalog_product_change", args=[product.pk]))


def _find(product_id: int) -> Product:
    product = Product.objects.filter(pk=product_id).defer("search").first()
    if product is None:
        raise Http404
    return product


def _context(request: HttpRequest, product: Product | None) -> dict[str, Any]:
    user = request.user
    rights = {
        "edit": may(user, EDIT_PRODUCT) and not (product and product.is_deleted),
        "price": may(user, CHANGE_PRICE),
        "list": may(user, LIST_PRODUCT),
        "remove": may(user, DELETE_PRODUCT),
        "cost": may(user, SEE_COST),
        "stock": may(user, SEE_STOCK),
    }
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": product.title if product else _("New product"),
        "opts": Product._meta,
        "product": product,
        "rights": rights,
        "page_data": {
            "state": None if product is None else product_state(product, with_cost=rights["cost"]),
            "rights": rights,
            "choices": _choices(),
            "urls": {
                "save": request.path,
                "upload": reverse("admin:catalog_product_upload"),
                "check": reverse("admin:catalog_product_check"),
                "list": reverse("admin:catalog_product_changelist"),
                "login": reverse("admin:login"),
            },
            "words": editor_words(),
            "findings": [],
        },
    }
    if product is not None:
        context.update(_around(product))
        findings = product_findings(product.pk)
        context["unproven"] = findings.unproven
        context["page_data"]["findings"] = [_finding(found) for found in findings.wording]
    return context


def _around(product: Product) -> dict[str, Any]:
    """Return what stands below the form: stock by location and the history of prices."""
    return {"stock_rows": stock_of_product(product.pk), "price_rows": price_history(product.pk)}


def _choices() -> dict[str, Any]:
    def named(model: Any) -> list[dict[str, Any]]:
        return [{"id": row.pk, "name": str(row)} for row in model.objects.all()]

    categories = [
        {"id": row.id, "name": row.full_name if row.is_visible else f"{row.full_name} · {_('hidden')}"}
        for row in category_choices()
    ]
    return {
        "categories": categories,
        "brands": named(Brand),
        "tags": named(Tag),
        "promises": named(ServicePromise),
        "freight_templates": [
            {"id": row.pk, "name": f"{row.name}{' · ' + _('default') if row.is_default else ''}"}
            for row in FreightTemplate.objects.order_by("-is_default", "name")
        ],
        "attributes": sorted({row["name"] for row in attribute_names()}),
    }


def _finding(found: Finding) -> dict[str, str]:
    return {"field": found.field, "word": found.word, "law": found.law, "excerpt": found.excerpt}
