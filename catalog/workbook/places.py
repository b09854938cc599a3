"""The other sheets: categories, brands, stores and the stock that stores hold."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from catalog.models import Brand, Category, Location, Sku, Stock, Store
from catalog.permissions import EDIT_PLACES, EDIT_TAXONOMY, TAKE_STOCK
from catalog.rules.pictures import UnusablePicture, clean_picture
from catalog.services.stock import Count, take_stock
from catalog.services.taxonomy import MAX_DEPTH, update_category
from catalog.workbook.columns import BRANDS, CATEGORIES, STORE_STOCK, STORES
from catalog.workbook.names import Names, Wanted, ensure_names, load_names
from catalog.workbook.pictures import PictureBook, PictureMissing, load_content, open_archive
from shop.core import audit
from shop.core.errors import FieldError, InvalidInput
from shop.core.models.sheets import SheetRun
from shop.core.permissions import require
from shop.core.sheets.cells import Value, as_text
from shop.core.sheets.columns import Sheet
from shop.core.sheets.kinds import Applied, Checked, Difference
from shop.core.sheets.reading import Issue, Row, Table

Values = Mapping[str, Value]
_PICTURE = {CATEGORIES.key: "image", BRANDS.key: "logo"}
_KEY = {CATEGORIES.key: "path", BRANDS.key: "name", STORES.key: "name"}
_PERMISSION = {CATEGORIES.key: EDIT_TAXONOMY, BRANDS.key: EDIT_TAXONOMY, STORES.key: EDIT_PLACES}
_STORE_FIELDS = ("phone", "province", "city", "district", "detail", "opening_hours", "is_open", "position")


@dataclass(frozen=True)
class Side:
    """What the other sheets hold: to be written before the products, and after."""

    before: list[Checked]
    after: list[Checked]


def check(
    run: SheetRun,
    tables: Mapping[str, Table],
    pictures: PictureBook,
    names: Names,
    allowed: Callable[[str], bool],
) -> Side:
    """Compare the other sheets with the shop."""
    before = []
    for sheet in (CATEGORIES, BRANDS, STORES):
        if sheet.key in tables:
            present = present_values(sheet)
            for row in tables[sheet.key].rows:
                before.append(_checked(sheet, row, present, pictures, allowed))
    after = list(_stock_items(tables[STORE_STOCK.key], allowed)) if STORE_STOCK.key in tables else []
    return Side(before, after)


def present_values(sheet: Sheet) -> dict[str, dict[str, Value]]:
    """Return the rows of a sheet as the shop has them, by key."""
    read = {CATEGORIES.key: _categories, BRANDS.key: _brands, STORES.key: _stores}[sheet.key]
    return {_text(sheet, values[_KEY[sheet.key]]): values for values in read()}


def _categories() -> Iterator[dict[str, Value]]:
    by_path: dict[str, list[str]] = {}
    for row in Category.objects.order_by("path"):
        full = [*by_path.get(row.path[: -Category.steplen], []), row.name]
        by_path[row.path] = full
        levels = {"warning_level": row.warning_level, "safety_level": row.safety_level}
        yield {"path": full, "image": _file(row.image), **levels}


def _brands() -> Iterator[dict[str, Value]]:
    for row in Brand.objects.order_by("position", "id"):
        yield {"name": row.name, "logo": _file(row.logo), "story": row.story, "position": row.position}


def _stores() -> Iterator[dict[str, Value]]:
    locations = dict(Location.objects.filter(store__isnull=False).values_list("store_id", "name"))
    for row in Store.objects.order_by("position", "id"):
        plain = {name: getattr(row, name) for name in ("name", *_STORE_FIELDS)}
        place = {"latitude": _degrees(row.latitude), "longitude": _degrees(row.longitude)}
        yield {**plain, **place, "location": locations.get(row.pk, "")}


def store_stock_values() -> Iterator[dict[str, Value]]:
    """Yield the stock of every store."""
    rows = Stock.objects.filter(location__store__isnull=False, sku__is_active=True)
    for store, code, on_hand in rows.order_by("location__store__position", "sku__code").values_list(
        "location__store__name", "sku__code", "on_hand"
    ):
        yield {"store": store, "sku_code": code, "stock": on_hand}


def _file(field: Any) -> list[str]:
    return [PurePosixPath(str(field.name)).name] if field else []


def _degrees(value: Any) -> str:
    text = f"{Decimal(value):.6f}".rstrip("0")
    return text.rstrip(".")


def _text(sheet: Sheet, key: Value) -> str:
    return as_text(sheet.column(_KEY[sheet.key]), key)


def _checked(
    sheet: Sheet,
    row: Row,
    present: Mapping[str, Mapping[str, Value]],
    pictures: PictureBook,
    allowed: Callable[[str], bool],
) -> Checked:
    key = _text(sheet, row.values.get(_KEY[sheet.key]))
    known = present.get(key)
    issues = [*row.issues, *_issues(sheet, row)]
    locators, values = {}, dict(row.values)
    column = _PICTURE.get(sheet.key)
    for name in (values.get(column) or ())[:1] if column else ():
        if known is not None and known.get(column or "") == [name]:
            continue
        try:
            locators[name] = pictures.find(name)
        except PictureMissing as missing:
            issues.append(Issue(sheet.key, row.number, column or "", missing.code, missing.message, name))
    differences = list(_differences(sheet, row.number, known, values, locators)) if known is not None else []
    if (known is None or differences) and not allowed(_PERMISSION[sheet.key]):
        issues.append(Issue(sheet.key, row.number, "", "forbidden", _("You may not change this.")))
    verdict = "new" if known is None else "changed" if differences else "unchanged"
    return Checked(
        key=key,
        label=key,
        sheet=sheet.key,
        row=row.number,
        rows=1,
        verdict="error" if issues else verdict,
        payload={"sheet": sheet.key, "values": values, "pictures": locators},
        differences=differences,
        issues=issues,
    )


def _issues(sheet: Sheet, row: Row) -> Iterator[Issue]:
    path = row.values.get("path") or []
    if sheet is CATEGORIES and len(path) > MAX_DEPTH:
        yield Issue(sheet.key, row.number, "path", "too_deep", _("Categories have four levels."))
    for key in ("warning_level", "safety_level"):
        if sheet is CATEGORIES and (row.values.get(key) or 0) < 0:
            yield Issue(sheet.key, row.number, key, "out_of_range", _("This number is out of range."))
    for key, most in (("latitude", 90), ("longitude", 180)):
        degrees = row.values.get(key)
        if degrees is not None and abs(Decimal(str(degrees))) > most:
            yield Issue(sheet.key, row.number, key, "out_of_range", _("This number is out of range."))


def _differences(
    sheet: Sheet, row: int, known: Mapping[str, Value], values: Values, locators: Mapping[str, Any]
) -> Iterator[Difference]:
    for key, value in values.items():
        if key in (_KEY[sheet.key], "position" if sheet is CATEGORIES else "") or value is None:
            continue
        if key == _PICTURE.get(sheet.key):
            digests = [str(locator["sha256"])[:32] for locator in locators.values()]
            if not digests or [PurePosixPath(name).stem for name in known.get(key) or ()] == digests:
                continue
        before, after = (_canonical(key, value) for value in (known.get(key), value))
        if before != after:
            column = sheet.column(key)
            yield Difference(sheet.key, key, row, as_text(column, known.get(key)), as_text(column, value))


def _canonical(key: str, value: Value) -> Value:
    return _degrees(value) if key in ("latitude", "longitude") and value is not None else value


def _stock_items(table: Table, allowed: Callable[[str], bool]) -> Iterator[Checked]:
    """Yield one item per store: its counts are one stock-take."""
    by_store: dict[str, list[Row]] = {}
    for row in table.rows:
        by_store.setdefault(str(row.values.get("store") or ""), []).append(row)
    held = {(values["store"], values["sku_code"]): values["stock"] for values in store_stock_values()}
    for store, rows in by_store.items():
        issues = [issue for row in rows for issue in row.issues]
        if not allowed(TAKE_STOCK):
            text = _("You may not change stock.")
            issues.append(Issue(table.sheet.key, rows[0].number, "stock", "forbidden", text))
        counts = {row.values.get("sku_code"): row.values.get("stock") for row in rows}
        differences = [
            Difference(
                table.sheet.key,
                "stock",
                row.number,
                f"{row.values['sku_code']}: {held.get((store, row.values['sku_code']), '')}",
                f"{row.values['sku_code']}: {row.values['stock']}",
            )
            for row in rows
            if not row.issues and held.get((store, row.values["sku_code"])) != row.values["stock"]
        ]
        verdict = "error" if issues else "changed" if differences else "unchanged"
        payload = {"sheet": table.sheet.key, "values": {"store": store, "counts": counts}, "pictures": {}}
        yield Checked(
            key=store, label=store, sheet=table.sheet.key, row=rows[0].number, rows=len(rows),
            verdict=verdict, payload=payload, differences=differences, issues=issues,
        )  # fmt: skip


def prepare(run: SheetRun, payload: Mapping[str, Any]) -> str | None:
    """Store the picture of a category or brand; return its path."""
    folder = {CATEGORIES.key: "categories", BRANDS.key: "brands"}.get(payload["sheet"], "")
    for locator in payload["pictures"].values():
        content = load_content(run, locator, open_archive(run))
        try:
            picture = clean_picture(content, render=False)
        except UnusablePicture as error:
            text = _("This is not a JPEG, PNG, WebP or GIF picture or an MP4 video.")
            raise InvalidInput(
                errors=[FieldError(_PICTURE[payload["sheet"]], "picture_unusable", text)]
            ) from error
        path = f"{folder}/{str(locator['sha256'])[:32]}.{picture.extension}"
        if not default_storage.exists(path):
            path = default_storage.save(path, ContentFile(picture.content))
        return path
    return None


def apply(run: SheetRun, payload: Mapping[str, Any], picture: str | None) -> Applied:
    """Write one row (or a store's counts) in the caller's transaction."""
    write = {
        CATEGORIES.key: _write_category,
        BRANDS.key: _write_brand,
        STORES.key: _write_store,
        STORE_STOCK.key: _write_store_stock,
    }[payload["sheet"]]
    return write(run, payload["values"], picture)


def _write_category(run: SheetRun, values: Values, picture: str | None) -> Applied:
    path = tuple(values["path"])
    names = load_names()
    known = path in names.categories
    names = ensure_names(actor=run.actor, wanted=Wanted(categories={path}), names=names)
    fields = {key: values[key] for key in ("warning_level", "safety_level") if values.get(key) is not None}
    if picture:
        fields["image"] = picture
    if fields:
        update_category(actor=run.actor, category_id=names.categories[path], **fields)
    return Applied("updated" if known else "created", str(names.categories[path]))


def _write_brand(run: SheetRun, values: Values, picture: str | None) -> Applied:
    require(run.actor, EDIT_TAXONOMY)
    fields = {key: values[key] for key in ("story", "position") if values.get(key) is not None}
    if picture:
        fields["logo"] = picture
    row, created = Brand.objects.update_or_create(name=values["name"], defaults=fields)
    audit.record(actor=run.actor, action=EDIT_TAXONOMY, subject=row, after={"name": row.name, **fields})
    return Applied("created" if created else "updated", str(row.pk))


def _write_store(run: SheetRun, values: Values, _picture: str | None) -> Applied:
    require(run.actor, EDIT_PLACES)
    fields = {key: values[key] for key in _STORE_FIELDS if values.get(key) is not None}
    row = Store.objects.filter(name=values["name"]).first()
    created = row is None
    row = row or Store(name=values["name"])
    for key, value in fields.items():
        setattr(row, key, value)
    row.latitude, row.longitude = Decimal(values["latitude"]), Decimal(values["longitude"])
    try:
        row.full_clean()
    except ValidationError as error:
        raise InvalidInput(
            errors=[
                FieldError(name, "invalid", " ".join(texts)) for name, texts in error.message_dict.items()
            ]
        ) from error
    row.save()
    if values.get("location"):
        Location.objects.update_or_create(
            store=row, defaults={"name": values["location"], "kind": Location.Kind.STORE}
        )
    audit.record(actor=run.actor, action=EDIT_PLACES, subject=row, after={"name": row.name, **fields})
    return Applied("created" if created else "updated", str(row.pk))


def _write_store_stock(run: SheetRun, values: Values, _picture: str | None) -> Applied:
    location = Location.objects.filter(store__name=values["store"]).first()
    if location is None:
        text = _("This store does not exist or has no stock location.")
        raise InvalidInput(errors=[FieldError("store", "unknown", text)])
    ids = dict(Sku.objects.filter(code__in=values["counts"]).values_list("code", "pk"))
    unknown = [code for code in values["counts"] if code not in ids]
    if unknown:
        text = _("These SKUs do not exist: %(codes)s") % {"codes": _some(unknown)}
        raise InvalidInput(errors=[FieldError("sku_code", "unknown", text)])
    take_stock(
        actor=run.actor,
        location_id=location.pk,
        lines=[Count(ids[code], pieces) for code, pieces in values["counts"].items()],
        reference=f"IMPORT-{run.pk}-L{location.pk}",
        reason=_("Import of goods %(number)d") % {"number": run.pk},
    )
    return Applied("updated", str(location.pk))


def _some(codes: Iterable[str]) -> str:
    listed = list(codes)
    return "、".join(listed[:10]) + ("…" if len(listed) > 10 else "")
