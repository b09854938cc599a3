"""Reading the goods workbook in: the kind of import that ``shop.core.sheets`` runs."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Media
from catalog.permissions import IMPORT_GOODS, SEE_COST
from catalog.workbook import places
from catalog.workbook.applying import Prepared, apply_product, prepare_pictures
from catalog.workbook.columns import MAX_FILE_BYTES, MAX_ZIP_BYTES, PRODUCTS, SHEETS
from catalog.workbook.drafts import Draft, draft_products
from catalog.workbook.judging import doubts, judge
from catalog.workbook.names import Wanted, load_names
from catalog.workbook.pictures import Locator, PictureBook, PictureMissing, media_locators
from catalog.workbook.present import Present, load_present
from catalog.workbook.wanted import WantedProduct, want
from shop.core.models.sheets import SheetRun
from shop.core.permissions import allowed
from shop.core.sheets.kinds import Applied, Checked, Progress, Reading
from shop.core.sheets.reading import Issue, Table, read_workbook

CHUNK = 100
"""Products that are compared with the shop at once."""

KIND = "catalog.goods"


class GoodsImport:
    """Products, and optionally categories, brands, stores and their stock."""

    permission = IMPORT_GOODS
    title = gettext_lazy("Import of goods")
    sheets = SHEETS
    max_bytes = MAX_FILE_BYTES
    max_archive_bytes = MAX_ZIP_BYTES

    def check(self, run: SheetRun, progress: Progress) -> Reading:
        """Compare a workbook with the shop. Fetches pictures, writes nothing to the shop."""
        with run.source.open("rb") as file:
            tables = read_workbook(file, sheets=SHEETS, max_bytes=MAX_FILE_BYTES)
        checking = _Checking(run, progress, PictureBook.of(run))
        reading = Reading(items=iter(()), issues=checking.sheet_issues(tables))
        reading.items = checking.items(tables, reading)
        return reading

    def prepare(self, run: SheetRun, payload: Mapping[str, Any]) -> Prepared | str | None:
        """Store the pictures of one item."""
        if payload["sheet"] != PRODUCTS.key:
            return places.prepare(run, payload)
        return prepare_pictures(run, payload)

    def apply(self, run: SheetRun, payload: Mapping[str, Any], prepared: Any) -> Applied:
        """Write one item."""
        if payload["sheet"] != PRODUCTS.key:
            return places.apply(run, payload, prepared)
        return apply_product(run, payload, prepared)


class _Checking:
    """One check: what it has looked up so far."""

    def __init__(self, run: SheetRun, progress: Progress, pictures: PictureBook) -> None:
        self.run = run
        self.progress = progress
        self.pictures = pictures
        self.names = load_names()
        self.allowed = cache(lambda codename: allowed(run.actor, codename))
        self.new = Wanted()

    def sheet_issues(self, tables: Mapping[str, Table]) -> list[Issue]:
        """Return what is wrong with sheets as a whole."""
        issues = [issue for table in tables.values() for issue in table.issues]
        for key, table in tables.items():
            for name in table.unknown:
                text = _("This column is not known and was left out.")
                issues.append(Issue(key, 0, "", "unknown_column", text, name, is_warning=True))
        if "cost" in tables[PRODUCTS.key].columns and not self.allowed(SEE_COST):
            text = _("You may not see costs, so you may not import them: delete this column.")
            issues.append(Issue(PRODUCTS.key, 0, "cost", "forbidden", text))
        return issues

    def items(self, tables: Mapping[str, Table], reading: Reading) -> Iterator[Checked]:
        """Yield everything found: first what products refer to, then products, then stock of stores."""
        blocked = any(not issue.is_warning for issue in reading.issues)
        side = places.check(self.run, tables, self.pictures, self.names, self.allowed)
        yield from side.before
        drafts = draft_products(tables[PRODUCTS.key])
        for start in range(0, len(drafts), CHUNK):
            self.progress(start, len(drafts))
            yield from self._chunk(drafts[start : start + CHUNK], blocked=blocked)
        yield from side.after
        reading.summary = {"new": self.new.missing(self.names).as_json(), "products": len(drafts)}

    def _chunk(self, drafts: Sequence[Draft], *, blocked: bool) -> Iterator[Checked]:
        present = load_present(draft.product_id for draft in drafts if draft.product_id)
        for draft in drafts:
            yield self._item(draft, present.get(draft.product_id or 0), blocked=blocked)

    def _item(self, draft: Draft, present: Present | None, *, blocked: bool) -> Checked:
        issues = list(draft.issues)
        locators = self._locate(draft, present, issues)
        product = want(draft, present, locators, with_stock=bool(self.run.options.get("with_stock", True)))
        issues += judge(product, self.names, self.allowed)
        issues += doubts(product)
        failed = blocked or any(not issue.is_warning for issue in issues)
        if not failed:
            self.new.add(product.names)
        return Checked(
            key=draft.code,
            label=str(product.values.get("title") or draft.code),
            sheet=PRODUCTS.key,
            row=draft.row,
            rows=len(draft.skus),
            verdict=_verdict(product, failed=failed),
            payload={"sheet": PRODUCTS.key, **draft.as_json(), "pictures": locators},
            differences=product.differences,
            issues=issues,
        )

    def _locate(self, draft: Draft, present: Present | None, issues: list[Issue]) -> dict[str, Locator]:
        """Find every picture that the draft names; one that cannot be had is an issue of its cell."""
        own = media_locators(_own_media(present))
        found: dict[str, Locator] = {**own}
        for row, column, name in _named_pictures(draft):
            try:
                found[name] = self._find(name, own)
            except PictureMissing as missing:
                issues.append(Issue(PRODUCTS.key, row, column, missing.code, missing.message, name))
        return found

    def _find(self, name: str, own: Mapping[str, Locator]) -> Locator:
        """Prefer what came with the workbook; a product's own picture is known by its stored name."""
        try:
            return self.pictures.find(name)
        except PictureMissing:
            if name in own:
                return own[name]
            raise


def _named_pictures(draft: Draft) -> Iterator[tuple[int, str, str]]:
    for column in ("images", "detail_images"):
        for name in draft.product.get(column) or ():
            yield draft.row, column, name
    for sku in draft.skus:
        for name in sku.get("sku_image") or ():
            yield int(sku["row"]), "sku_image", name


def _own_media(present: Present | None) -> list[Media]:
    if present is None:
        return []
    return [*present.media, *(sku.image for sku in present.skus if sku.image is not None)]


def _verdict(product: WantedProduct, *, failed: bool) -> str:
    if failed:
        return "error"
    if product.present is None:
        return "new"
    return "changed" if product.differences else "unchanged"
