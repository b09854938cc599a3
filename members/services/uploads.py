"""Members' pictures: taken in, kept when something uses them, deleted when nothing does."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from catalog.queries.images import image_url
from catalog.rules.pictures import UnusablePicture, clean_picture
from catalog.services.media import refused_picture
from members.models import Member, ProfileCheck, Upload
from members.queries import active_member
from members.services.locking import lock_member
from shop.core import clock
from shop.core.db import claim_rows, in_transaction
from shop.core.errors import FieldError, InvalidInput
from shop.core.network import assert_no_transaction

UNUSED_AFTER = timedelta(days=1)
PROFILE = "profile"
BATCH = 100
MOST_A_DAY = 200
"""Pictures that one member may upload in 24 hours, beyond the rate of calls."""


def store_upload(*, member_id: int, content: bytes, field: str = "file") -> Upload:
    """Take a member's picture in: decoded whole, turned upright, written anew without metadata.

    Called outside transactions, because storage may be a network away. Raises ``MediaRefused`` (400) about
    ``field`` for what is no JPEG, PNG, WebP or GIF, too large or broken, ``InvalidInput`` above
    ``MOST_A_DAY``, ``TokenInvalid`` for a closed account.
    """
    assert_no_transaction()
    active_member(member_id)
    _refuse_too_many(member_id, field)
    try:
        picture = clean_picture(content, render=False)
    except UnusablePicture as refusal:
        raise refused_picture(refusal, field=field) from refusal
    name = f"uploads/{clock.today():%Y/%m}/{secrets.token_hex(16)}.{picture.extension}"
    stored = default_storage.save(name, ContentFile(picture.content))
    try:
        return _record(
            member_id=member_id,
            file=stored,
            size=len(picture.content),
            width=picture.width,
            height=picture.height,
        )
    except BaseException:
        default_storage.delete(stored)
        raise


def purge_uploads_batch() -> int:
    """Delete uploads that nothing has used for a day, files too; return how many rows were looked at.

    The row goes first: a crash in between leaves a file that nothing names, never a name without a file. A
    picture of the profile, or one that waits to become it, stays and is marked as used.
    """
    files = _claim_unused()
    for file in files:
        if file:
            default_storage.delete(file)
    return len(files)


@in_transaction
def _record(*, member_id: int, **values: str | int) -> Upload:
    lock_member(member_id=member_id)
    return Upload.objects.create(member_id=member_id, created_at=clock.now(), **values)


@in_transaction
def _claim_unused() -> list[str]:
    """Delete or mark a batch of rows; return the file of each deleted one, and "" for each that stays."""
    due = Upload.objects.filter(kept_for="", created_at__lt=clock.now() - UNUSED_AFTER)
    rows = claim_rows(due.order_by("created_at"), limit=BATCH)
    owners = {row.member_id for row in rows}
    shown = set(Member.objects.filter(pk__in=owners).values_list("avatar", flat=True))
    shown |= set(ProfileCheck.objects.filter(member__in=owners).values_list("value", flat=True))
    used = [row for row in rows if image_url(row.file.name) in shown]
    unused = [row for row in rows if row not in used]
    Upload.objects.filter(pk__in=[row.pk for row in used]).update(kept_for=PROFILE)
    Upload.objects.filter(pk__in=[row.pk for row in unused]).delete()
    return [str(row.file.name) for row in unused] + [""] * len(used)


def use_for_profile(*, member_id: int, url: str) -> None:
    """Keep the upload behind ``url`` as the member's picture, and let go of the former one."""
    release_uploads(member_id=member_id, purpose=PROFILE)
    name = _name_of(url)
    if name:
        Upload.objects.filter(member_id=member_id, file=name, kept_for="").update(kept_for=PROFILE)


def release_uploads(*, member_id: int, purpose: str) -> None:
    """Let go of a member's uploads that were kept for ``purpose``: the job deletes them."""
    Upload.objects.filter(member_id=member_id, kept_for=purpose).update(kept_for="")


def _name_of(url: str) -> str:
    path = url.removeprefix(settings.SHOP_BASE_URL)
    return path.removeprefix(settings.MEDIA_URL) if path.startswith(settings.MEDIA_URL) else ""


def _refuse_too_many(member_id: int, field: str) -> None:
    since = clock.now() - timedelta(days=1)
    if Upload.objects.filter(member_id=member_id, created_at__gte=since).count() >= MOST_A_DAY:
        detail = _("That is enough pictures for one day.")
        raise InvalidInput(errors=[FieldError(field, "too_many", detail)])
