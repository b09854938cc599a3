"""Uploading pictures and videos of products, and making the smaller renditions."""

import hashlib
from collections.abc import Collection
from pathlib import PurePosixPath

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from catalog.errors import MediaRefused
from catalog.models import Media, Sku
from catalog.permissions import EDIT_PRODUCT
from catalog.rules.pictures import (
    MAX_VIDEO_BYTES,
    CleanPicture,
    UnusablePicture,
    clean_picture,
    is_video,
    renditions,
)
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import claim_rows, in_transaction, lock_rows
from shop.core.errors import FieldError, NotFound
from shop.core.network import assert_no_transaction
from shop.core.permissions import require

log = structlog.get_logger(__name__)

BATCH = 20


def upload_media(
    *,
    actor: Actor,
    content: bytes,
    in_detail: bool = False,
    render: bool | None = None,
    shared: bool = True,
) -> Media:
    """Store a picture or video that belongs to no product yet, and return it; ``update_product`` takes it.

    The type is told by content. Pictures are decoded, turned upright and written anew without metadata;
    renditions are made at once if the picture is small (or ``render`` says so), else by the job. The same
    bytes again reuse the stored files, and with ``shared`` also a picture that belongs to no product yet
    (editors open at once must not share one, because only one product can take it). File names are made by
    us. Called outside transactions, because storage may be a network away. Raises ``Forbidden`` or
    ``MediaRefused``.
    """
    require(actor, EDIT_PRODUCT)
    assert_no_transaction()
    digest = hashlib.sha256(content).hexdigest()
    known = Media.objects.filter(sha256=digest).order_by("id").first()
    if known is not None:
        return known if shared and _is_free(known, in_detail) else _copy(known, in_detail)
    media = Media(sha256=digest, in_detail=in_detail)
    if is_video(content):
        _store_video(media, content)
    else:
        _store_picture(media, content, render=render)
    _save(media, actor=actor)
    return media


@in_transaction
def reuse_media(*, actor: Actor, wanted: Collection[tuple[int, bool]]) -> dict[tuple[int, bool], Media]:
    """Return pictures with the files of stored ones, for another product: themselves if nobody shows them.

    ``wanted`` says which, by id, and whether below the detail; the answer has them as keys. Locks the stored
    ones. Raises ``Forbidden`` or ``NotFound``.
    """
    require(actor, EDIT_PRODUCT)
    known = {media.pk: media for media in lock_rows(Media.objects.filter(pk__in={pk for pk, _ in wanted}))}
    if any(pk not in known for pk, _ in wanted):
        raise NotFound
    of_skus = set(Sku.objects.filter(image__in=known).values_list("image_id", flat=True))
    return {
        (pk, in_detail): known[pk]
        if _is_loose(known[pk], in_detail) and pk not in of_skus
        else _copy(known[pk], in_detail)
        for pk, in_detail in wanted
    }


def make_renditions_batch() -> int:
    """Make the renditions of pictures that have none; return how many pictures were looked at.

    A picture that fails is tried again ``Media.MAX_RENDER_ATTEMPTS`` times. Safe to run twice at once: the
    attempt is counted first, and the same bytes give the same files.
    """
    batch = _claim_batch()
    for media in batch:
        try:
            with default_storage.open(str(media.file.name)) as file:
                made = renditions(file.read())
        except (OSError, UnusablePicture) as error:
            log.warning("media.render_failed", media=media.pk, cause=type(error).__name__)
            continue
        stored = _store_renditions(PurePosixPath(str(media.file.name)), made)
        Media.objects.filter(pk=media.pk).update(renditions=stored)
    return len(batch)


@in_transaction
def _claim_batch() -> list[Media]:
    due = Media.objects.filter(
        kind=Media.Kind.IMAGE, renditions={}, render_attempts__lt=Media.MAX_RENDER_ATTEMPTS
    )
    rows = claim_rows(due.order_by("id"), limit=BATCH)
    for media in rows:
        media.render_attempts += 1
    Media.objects.bulk_update(rows, ["render_attempts"])
    return rows


def _store_picture(media: Media, content: bytes, *, render: bool | None) -> None:
    try:
        picture: CleanPicture = clean_picture(content, render=render)
    except UnusablePicture as refusal:
        raise refused_picture(refusal) from refusal
    path = _path(media.sha256, picture.extension)
    media.kind = Media.Kind.IMAGE
    media.file.name = _write(path, picture.content)
    media.size, media.width, media.height = len(picture.content), picture.width, picture.height
    media.renditions = _store_renditions(PurePosixPath(media.file.name), picture.renditions)


def _store_video(media: Media, content: bytes) -> None:
    if len(content) > MAX_VIDEO_BYTES:
        raise MediaRefused(_reason("too_large"), reason="too_large")
    media.kind = Media.Kind.VIDEO
    media.file.name = _write(_path(media.sha256, "mp4"), content)
    media.size = len(content)


def _store_renditions(original: PurePosixPath, made: dict[int, bytes]) -> dict[str, str]:
    return {
        str(width): _write(str(original.with_name(f"{original.stem}_{width}.webp")), content)
        for width, content in made.items()
    }


def _path(digest: str, extension: str) -> str:
    return f"products/{clock.today():%Y/%m}/{digest[:32]}.{extension}"


def _write(path: str, content: bytes) -> str:
    """Store a file under a name that follows from its content; what is there already is the same."""
    return path if default_storage.exists(path) else default_storage.save(path, ContentFile(content))


@in_transaction
def _save(media: Media, *, actor: Actor) -> None:
    media.save()
    audit.record(
        actor=actor, action=EDIT_PRODUCT, subject=media, after={"file": media.file.name, "size": media.size}
    )


def _is_free(known: Media, in_detail: bool) -> bool:
    """Whether nobody shows this picture: a SKU's own picture belongs to no product either."""
    return _is_loose(known, in_detail) and not Sku.objects.filter(image=known).exists()


def _is_loose(known: Media, in_detail: bool) -> bool:
    return known.product_id is None and known.in_detail == in_detail


def _copy(known: Media, in_detail: bool) -> Media:
    return Media.objects.create(
        kind=known.kind,
        file=known.file.name,
        sha256=known.sha256,
        size=known.size,
        width=known.width,
        height=known.height,
        renditions=known.renditions,
        in_detail=in_detail,
    )


def refused_picture(refusal: UnusablePicture, *, field: str = "") -> MediaRefused:
    """Return the refusal that ``clean_picture`` means, about ``field`` of a body if one is named."""
    reason = str(refusal)
    errors = [FieldError(field, reason, _reason(reason))] if field else []
    return MediaRefused(_reason(reason), errors=errors, reason=reason)


def _reason(code: str) -> str:
    return {
        "too_large": _("The file is too large: pictures up to 10 MB, videos up to 50 MB."),
        "too_many_pixels": _("The picture has more than 40 million pixels."),
        "too_many_frames": _("The picture has too many frames."),
        "broken": _("The file is not a JPEG, PNG, WebP or GIF picture or an MP4 video, or it is damaged."),
    }[code]
