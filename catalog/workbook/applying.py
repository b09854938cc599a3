"""Writing one product of a workbook, through the services that the console uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Product, Sku, Stock
from catalog.services.media import reuse_media, upload_media
from catalog.services.products import create_product, set_product_state, update_product
from catalog.services.stock import Count, set_stock_levels, take_stock
from catalog.workbook.building import build_fields, build_skus
from catalog.workbook.drafts import Draft, load_known
from catalog.workbook.judging import judge
from catalog.workbook.names import ensure_names, load_names
from catalog.workbook.pictures import Locator, find_media, load_content, open_archive
from catalog.workbook.present import Present, load_present
from catalog.workbook.wanted import WantedProduct, want
from shop.core.actors import Actor
from shop.core.db import lock_rows
from shop.core.errors import FieldError, InvalidInput
from shop.core.models.sheets import SheetRun
from shop.core.permissions import allowed
from shop.core.sheets.kinds import Applied
from shop.core.sheets.reading import Issue


@dataclass(frozen=True)
class Prepared:
    """Pictures that were stored for one item: media ids by name, top and detail apart."""

    top: Mapping[str, int]
    detail: Mapping[str, int]


def prepare_pictures(run: SheetRun, payload: Mapping[str, Any]) -> Prepared:
    """Store the pictures that the product does not have yet. Outside transactions; again does no harm."""
    locators: Mapping[str, Locator] = payload["pictures"]
    present = _present(_draft(payload))
    own = _own(present)
    uses = {
        (name, in_detail): (str(locators[name]["sha256"]), in_detail) for name, in_detail in _uses(payload)
    }
    missing = {key: locators[name] for (name, _), key in uses.items() if key not in own}
    stored = {**own, **_store(run, missing)} if missing else own
    result: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for (name, in_detail), key in uses.items():
        result[in_detail][name] = stored[key]
    return Prepared(*result)


def _own(present: Present | None) -> dict[tuple[str, bool], int]:
    """Return the pictures that the product has, its SKUs' own included."""
    if present is None:
        return {}
    own = {(sku.image.sha256, False): sku.image.pk for sku in present.skus if sku.image is not None}
    return {**own, **{(media.sha256, media.in_detail): media.pk for media in present.media}}


def _uses(payload: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return each picture that the payload names, and whether it stands below the detail."""
    top = [*(payload["product"].get("images") or ())]
    for sku in payload["skus"]:
        top += sku.get("sku_image") or ()
    below = payload["product"].get("detail_images") or ()
    return [*((name, False) for name in dict.fromkeys(top)), *((name, True) for name in dict.fromkeys(below))]


def _store(run: SheetRun, missing: Mapping[tuple[str, bool], Locator]) -> dict[tuple[str, bool], int]:
    """Return media ids for pictures by digest and place: the shop's own files where it has them."""
    by_digest = find_media(digest for digest, _ in missing)
    known = {key: locator.get("media") or by_digest.get(key[0]) for key, locator in missing.items()}
    wanted = {key: (int(pk), key[1]) for key, pk in known.items() if pk is not None}
    reused = reuse_media(actor=run.actor, wanted=dict.fromkeys(wanted.values())) if wanted else {}
    stored = {key: reused[pair].pk for key, pair in wanted.items()}
    archive = cache(lambda: open_archive(run))  # only for pictures that the shop has never seen
    for key in (key for key in missing if key not in wanted):
        content = load_content(run, missing[key], archive())
        stored[key] = upload_media(actor=run.actor, content=content, in_detail=key[1]).pk
    return stored


def apply_product(run: SheetRun, payload: Mapping[str, Any], prepared: Prepared) -> Applied:
    """Create or change one product, in the caller's transaction, compared with what it is at this moment.

    Locks the product. Raises ``InvalidInput`` with everything that is wrong, and what the services raise.
    """
    draft = _draft(payload)
    if draft.product_id is not None:
        lock_rows(Product.objects.filter(pk=draft.product_id))
    product = want(draft, _present(draft), payload["pictures"], with_stock=_with_stock(run))
    if product.present is not None and not product.differences:
        return Applied("unchanged", str(product.present.product.pk))
    names = load_names()
    _refuse([*draft.issues, *judge(product, names, lambda codename: allowed(run.actor, codename))])
    names = ensure_names(actor=run.actor, wanted=product.names, names=names)
    stored = _write(run.actor, product, build_fields(product, names, _media_ids(product, prepared)), prepared)
    _write_stock(run, product, stored)
    return Applied("created" if product.present is None else "updated", str(stored.pk))


def _draft(payload: Mapping[str, Any]) -> Draft:
    """Read a payload back, and look up anew which product it means: it may have been created meanwhile."""
    codes = [str(sku.get("sku_code") or "") for sku in payload["skus"]]
    known = load_known([payload["code"]], codes)
    owners = {known.skus[code] for code in codes if code in known.skus}
    product_id = known.products.get(payload["code"]) or next(iter(sorted(owners)), None)
    draft = Draft(payload["code"], payload["row"], product_id, dict(payload["product"]), [*payload["skus"]])
    if owners - {product_id} or product_id in known.deleted:
        text = _("One of these SKUs belongs to another product by now, or the product was deleted.")
        draft.issues.append(Issue("products", draft.row, "sku_code", "other_product", text))
    return draft


def _present(draft: Draft) -> Present | None:
    return load_present([draft.product_id]).get(draft.product_id) if draft.product_id else None


def _with_stock(run: SheetRun) -> bool:
    return bool(run.options.get("with_stock", True))


def _refuse(issues: list[Issue]) -> None:
    if issues:
        raise InvalidInput(errors=[FieldError(i.column, i.code, i.message) for i in issues])


def _media_ids(product: WantedProduct, prepared: Prepared) -> tuple[int, ...]:
    """Return the product's pictures: those that the workbook names, else the present ones."""
    given = product.draft.product
    present = product.present
    top = [prepared.top[name] for name in given.get("images") or ()]
    below = [prepared.detail[name] for name in given.get("detail_images") or ()]
    if not top and present is not None:
        top = [media.pk for media in present.pictures(in_detail=False)]
    if not below and present is not None:
        below = [media.pk for media in present.pictures(in_detail=True)]
    return tuple(dict.fromkeys([*top, *below]))


def _write(actor: Actor, product: WantedProduct, fields: Any, prepared: Prepared) -> Product:
    images = {
        sku.row: prepared.top[sku.values["sku_image"][0]]
        for sku, cells in zip(product.skus, product.draft.skus, strict=True)
        if cells.get("sku_image")
    }
    skus, _rows = build_skus(product, images)
    if product.present is None:
        stored = create_product(actor=actor, fields=fields, skus=skus, unproven="allow")
    else:
        pk = product.present.product.pk
        stored = update_product(actor=actor, product_id=pk, fields=fields, skus=skus, unproven="allow")
    state = product.values["state"]
    if stored.state == state:
        return stored
    schedule = (stored.on_sale_at, stored.off_sale_at)
    stored = set_product_state(actor=actor, product_id=stored.pk, state=state)
    if (stored.on_sale_at, stored.off_sale_at) != schedule:
        # Going on or off sale spends a schedule; the workbook asked for both.
        update_product(actor=actor, product_id=stored.pk, fields=fields, unproven="allow")
    return stored


def _write_stock(run: SheetRun, product: WantedProduct, stored: Product) -> None:
    """Count stock that differs, once per run and product, and set stock levels that differ."""
    ids = dict(Sku.objects.filter(product=stored).values_list("code", "pk"))
    rows = {
        stock.sku_id: stock for stock in Stock.objects.filter(sku__product=stored, location__is_default=True)
    }
    counts = []
    for sku in product.skus:
        stock = rows.get(ids[sku.values["sku_code"]])
        if stock is None or not sku.values["is_active"]:
            continue
        if _with_stock(run) and sku.values["stock"] != stock.on_hand and _gives_stock(product, sku.row):
            counts.append(Count(stock.sku_id, sku.values["stock"]))
        levels = {key: sku.values.get(key) for key in ("warning_level", "safety_level")}
        if levels != {key: getattr(stock, key) for key in levels}:
            set_stock_levels(actor=run.actor, stock_id=stock.pk, **levels)
    if counts:
        take_stock(
            actor=run.actor,
            location_id=None,
            lines=counts,
            reference=f"IMPORT-{run.pk}-{stored.pk}",
            reason=_("Import of goods %(number)d") % {"number": run.pk},
        )


def _gives_stock(product: WantedProduct, row: int) -> bool:
    cells = next(cells for cells in product.draft.skus if cells["row"] == row)
    return cells.get("stock") is not None
