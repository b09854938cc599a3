"""Pictures that a workbook names: in the zip, behind an address, or stored in the shop already."""

import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from catalog.models import Media
from catalog.rules.pictures import MAX_PICTURE_BYTES, MAX_PIXELS, MAX_VIDEO_BYTES, is_video
from catalog.workbook.columns import MAX_PICTURES, MAX_ZIP_BYTES
from shop.core import runtime
from shop.core.errors import NotFound
from shop.core.fetching import FetchRefused, fetch
from shop.core.models.sheets import SheetRun, private_storage
from shop.core.sheets.archives import Ambiguous, Archive
from shop.core.sheets.errors import WorkbookRefused

STORE = "sheets/pictures"
"""Where fetched pictures wait between preview and import, by their digest."""

_STORED = re.compile(r"([0-9a-f]{32})\.(?:jpg|png|webp|gif|mp4)", re.ASCII)
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

Locator = dict[str, Any]
"""Where a picture is: ``sha256`` of its bytes, and ``zip`` (entry), ``file`` (fetched) or ``media`` (id)."""


class PictureMissing(ValueError):
    """The picture cannot be had; ``code`` is stable, ``message`` for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass
class PictureBook:
    """The pictures of one run, each looked up once."""

    run: SheetRun
    archive: Archive | None
    found: dict[str, Locator | PictureMissing]

    @classmethod
    def of(cls, run: SheetRun) -> "PictureBook":
        """Open the run's zip, if it has one. Raises ``WorkbookRefused``."""
        return cls(run, open_archive(run), {})

    def find(self, name: str) -> Locator:
        """Return where a picture is. Outside transactions. Raises ``PictureMissing``."""
        if name not in self.found:
            try:
                self.found[name] = self._find(name)
            except PictureMissing as missing:
                self.found[name] = missing
        known = self.found[name]
        if isinstance(known, PictureMissing):
            raise known
        return known

    def _find(self, name: str) -> Locator:
        if "://" in name:
            return self._fetched(name)
        if self.archive is not None:
            try:
                entry = self.archive.find(name)
            except Ambiguous as error:
                text = _("Several files of the zip have this name: give the folder too.")
                raise PictureMissing("picture_ambiguous", text) from error
            if entry is not None:
                return {"zip": entry, "sha256": _checked(self._read(self.archive, entry))}
        stored = _stored(name)
        if stored is None:
            raise PictureMissing("picture_missing", _("This picture is neither in the zip nor in the shop."))
        return stored

    def _read(self, archive: Archive, entry: str) -> bytes:
        try:
            return archive.read(entry, max_bytes=MAX_VIDEO_BYTES)
        except WorkbookRefused as refusal:
            raise PictureMissing("picture_unusable", str(refusal.detail)) from refusal

    def _fetched(self, url: str) -> Locator:
        hosts = runtime.value("import_picture_hosts").replace(",", " ").split()
        try:
            content = fetch(url, hosts=hosts, max_bytes=MAX_VIDEO_BYTES)
        except FetchRefused as refusal:
            raise PictureMissing(f"picture_{refusal.code}", _fetch_text(refusal.code)) from refusal
        digest = _checked(content)
        path = f"{STORE}/{digest}"
        storage = private_storage()
        if not storage.exists(path):
            storage.save(path, ContentFile(content))
        return {"file": path, "sha256": digest}


def open_archive(run: SheetRun) -> Archive | None:
    """Return the run's zip. Raises ``WorkbookRefused``."""
    if not run.archive.name:
        return None
    return Archive(run.archive.open("rb"), max_files=MAX_PICTURES, max_unpacked=2 * MAX_ZIP_BYTES)


def load_content(run: SheetRun, locator: Mapping[str, Any], archive: Archive | None) -> bytes:
    """Return the bytes of a located picture. Raises ``NotFound`` when they are gone since the preview."""
    if "zip" in locator and archive is not None:
        return archive.read(locator["zip"], max_bytes=MAX_VIDEO_BYTES)
    storage = private_storage()
    if "file" not in locator or not storage.exists(locator["file"]):
        raise NotFound(_("A picture is gone since the preview: upload the workbook anew."))
    with storage.open(locator["file"]) as content:
        return bytes(content.read())


def find_media(digests: Iterable[str]) -> dict[str, int]:
    """Return the stored pictures with these bytes by digest, the oldest if several show the same file."""
    rows = Media.objects.filter(sha256__in=list(digests)).order_by("sha256", "id").distinct("sha256")
    return dict(rows.values_list("sha256", "pk"))


def media_locators(media: Iterable[Media]) -> dict[str, Locator]:
    """Return locators of a product's own pictures by stored file name."""
    return {str(row.file.name).rpartition("/")[2]: {"media": row.pk, "sha256": row.sha256} for row in media}


def _stored(name: str) -> Locator | None:
    match = _STORED.fullmatch(name.casefold())
    if match is None:
        return None
    row = Media.objects.filter(sha256__startswith=match[1]).order_by("id").first()
    return {"media": row.pk, "sha256": row.sha256} if row else None


def _checked(content: bytes) -> str:
    """Look at a picture's head: what can be refused now need not fail later. Returns the digest."""
    digest = hashlib.sha256(content).hexdigest()
    if is_video(content):
        return digest
    if len(content) > MAX_PICTURE_BYTES:
        raise PictureMissing("picture_too_large", _("A picture has at most 10 MB."))
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            pixels = image.width * image.height
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        text = _("This is not a JPEG, PNG, WebP or GIF picture or an MP4 video.")
        raise PictureMissing("picture_unusable", text) from error
    if pixels > MAX_PIXELS:
        raise PictureMissing("picture_too_large", _("The picture has more than 40 million pixels."))
    return digest


def _fetch_text(code: str) -> str:
    texts = {
        "invalid_address": _("Only https addresses are possible."),
        "host_not_allowed": _("Pictures may not be fetched from this host: the settings list those allowed."),
        "private_address": _("This address lies in a private network."),
        "too_large": _("The file is larger than 50 MB."),
        "too_slow": _("The server took too long."),
        "unreachable": _("The server did not answer."),
        "too_many_redirects": _("The address leads from one to the next."),
    }
    return texts.get(code) or _("The server answered %(status)s.") % {"status": code.removeprefix("http_")}
