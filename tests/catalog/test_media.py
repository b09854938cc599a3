"""Uploads: told by content, decoded, stripped, made smaller, stored once."""

import io

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from catalog.errors import MediaRefused
from catalog.jobs import make_renditions
from catalog.models import Media
from catalog.rules import pictures
from catalog.rules.pictures import UnusablePicture, clean_picture, is_video
from catalog.services.media import reuse_media, upload_media
from shop.core.actors import Actor
from shop.core.errors import Forbidden, NotFound
from shop.core.models import AuditEntry
from tests.catalog.factories import SYSTEM, make_product

pytestmark = pytest.mark.django_db(transaction=True)

MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00" + b"\x00" * 100


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(kind="JPEG", size=(1000, 500), mode="RGB", **save):
    out = io.BytesIO()
    Image.new(mode, size, (200, 30, 40, 255)[: len(mode)]).save(out, kind, **save)
    return out.getvalue()


def with_exif(orientation=6):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCam"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif, comment=b"secret note")


def name_of(media: Media) -> str:
    return str(media.file.name)


def stored(name):
    with default_storage.open(name) as file:
        return Image.open(io.BytesIO(file.read()))


def refusal(content):
    with pytest.raises(MediaRefused) as refused:
        upload_media(actor=SYSTEM, content=content)
    assert not Media.objects.exists()
    return refused.value.extra["reason"]


def test_a_small_picture_is_stored_with_its_renditions(storage):
    media = upload_media(actor=SYSTEM, content=picture())
    assert (media.kind, media.width, media.height) == ("image", 1000, 500)
    assert {width: stored(name).size for width, name in media.renditions.items()} == {
        "200": (200, 100),
        "400": (400, 200),
        "800": (800, 400),
    }
    assert {stored(name).format for name in media.renditions.values()} == {"WEBP"}
    assert name_of(media).startswith("products/")
    assert name_of(media).endswith(f"{media.sha256[:32]}.jpg")
    assert media.size == default_storage.size(name_of(media))
    assert AuditEntry.objects.get(subject_id=str(media.pk)).after["file"] == name_of(media)


def test_metadata_goes_and_the_picture_stands_upright():
    media = upload_media(actor=SYSTEM, content=with_exif())
    assert (media.width, media.height) == (500, 1000)
    for name in (name_of(media), *media.renditions.values()):
        image = stored(name)
        assert not image.getexif()
        with default_storage.open(name) as file:
            content = file.read()
        assert b"SecretCam" not in content
        assert b"secret note" not in content
    assert stored(name_of(media)).size == (500, 1000)


@pytest.mark.parametrize(
    ("kind", "mode", "extension"),
    [("PNG", "RGBA", "png"), ("WEBP", "RGB", "webp"), ("GIF", "RGB", "gif"), ("JPEG", "CMYK", "jpg")],
)
def test_each_kind_keeps_its_kind(kind, mode, extension):
    media = upload_media(actor=SYSTEM, content=picture(kind, (300, 300), mode))
    assert name_of(media).endswith("." + extension)
    assert [stored(name).width for name in media.renditions.values()] == [300, 300, 200]
    assert stored(name_of(media)).mode in ("RGB", "RGBA", "P")


def test_a_moving_gif_keeps_moving():
    frames = [Image.new("RGB", (50, 50), (shade, 0, 0)) for shade in (0, 120, 250)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], comment=b"secret note")
    media = upload_media(actor=SYSTEM, content=out.getvalue())
    assert stored(name_of(media)).n_frames == 3
    with default_storage.open(name_of(media)) as file:
        assert b"secret note" not in file.read()


def test_the_name_says_nothing_the_content_decides(monkeypatch):
    assert refusal(b"<?php echo 1;") == "broken"
    assert refusal(b"") == "broken"
    assert refusal(picture()[:500]) == "broken"
    assert refusal(b"<svg xmlns='http://www.w3.org/2000/svg'></svg>") == "broken"
    assert refusal(picture("BMP", (10, 10))) == "broken"
    assert refusal(b"\xff" * (10 * 1024 * 1024 + 1)) == "too_large"
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000 * 500 - 1)
    assert refusal(picture()) == "too_many_pixels"


def test_decompression_bombs_are_refused_before_they_are_decoded(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert refusal(picture()) == "too_many_pixels"
    monkeypatch.undo()
    monkeypatch.setattr(pictures, "MAX_MOVING_PIXELS", 1000)
    assert refusal(picture("GIF", (100, 100))) == "too_many_frames"


def test_videos_are_told_by_their_first_bytes(monkeypatch):
    media = upload_media(actor=SYSTEM, content=MP4)
    assert (media.kind, media.size, media.renditions) == ("video", len(MP4), {})
    assert name_of(media).endswith(".mp4")
    assert make_renditions() == 0
    assert not is_video(b"\x00\x00\x00\x20ftypevil" + b"\x00" * 20)
    assert not is_video(MP4[:10])
    Media.objects.all().delete()
    monkeypatch.setattr("catalog.services.media.MAX_VIDEO_BYTES", 50)
    assert refusal(MP4 + b"x") == "too_large"


def test_the_same_bytes_are_stored_once():
    content = picture()
    first = upload_media(actor=SYSTEM, content=content)
    assert upload_media(actor=SYSTEM, content=content) == first
    in_detail = upload_media(actor=SYSTEM, content=content, in_detail=True)
    assert (in_detail.pk != first.pk, in_detail.in_detail) == (True, True)
    assert (name_of(in_detail), in_detail.renditions) == (name_of(first), first.renditions)
    make_product(media_ids=(first.pk,))
    another = upload_media(actor=SYSTEM, content=content)
    assert (another.product, name_of(another)) == (None, name_of(first))
    Media.objects.filter(pk=another.pk).delete()
    Media.objects.filter(pk__in=[first.pk, in_detail.pk]).update(sha256="0" * 64)
    again = upload_media(actor=SYSTEM, content=content)
    assert name_of(again) == name_of(first)


def test_a_large_picture_is_made_smaller_by_the_job():
    media = upload_media(actor=SYSTEM, content=picture(size=(2001, 2000)))
    assert media.renditions == {}
    assert make_renditions() == 1
    media.refresh_from_db()
    assert stored(media.renditions["800"]).size == (800, 800)
    assert make_renditions() == 0
    at_once = upload_media(actor=SYSTEM, content=picture(size=(2002, 2000)), render=True)
    assert set(at_once.renditions) == {"200", "400", "800"}


def test_the_job_gives_up_on_a_picture_that_is_gone():
    media = upload_media(actor=SYSTEM, content=picture(size=(2001, 2000)))
    default_storage.delete(name_of(media))
    assert make_renditions() == 3
    assert make_renditions() == 0
    media.refresh_from_db()
    assert (media.renditions, media.render_attempts) == ({}, 3)


def test_only_editors_upload():
    with pytest.raises(Forbidden):
        upload_media(actor=Actor.member(1), content=picture())
    assert not Media.objects.exists()


def test_renditions_are_never_larger_than_the_picture():
    made = clean_picture(picture(size=(120, 3)), render=True).renditions
    assert {Image.open(io.BytesIO(content)).size for content in made.values()} == {(120, 3)}
    with pytest.raises(UnusablePicture):
        pictures.renditions(b"nonsense")


def test_stored_pictures_are_reused_and_copied_where_somebody_shows_them():
    # Given a picture that nobody shows, one of a product, and one of a SKU
    free, shown, of_sku = (
        upload_media(actor=SYSTEM, content=picture(size=(size, 9)), render=False) for size in (10, 11, 12)
    )
    product = make_product()
    Media.objects.filter(pk=shown.pk).update(product=product)
    product.skus.update(image=of_sku)
    # When they are wanted for another product
    wanted = [(free.pk, False), (free.pk, True), (shown.pk, False), (of_sku.pk, False)]
    got = reuse_media(actor=SYSTEM, wanted=wanted)
    # Then the free one is taken itself, and the others lend their files to new rows
    assert [*got] == wanted
    assert got[free.pk, False] == free
    fresh = [got[key] for key in wanted[1:]]
    assert len({media.pk for media in fresh} - {free.pk, shown.pk, of_sku.pk}) == 3
    assert [media.file.name for media in fresh] == [media.file.name for media in (free, shown, of_sku)]
    assert [(media.product_id, media.in_detail) for media in fresh] == [
        (None, True),
        (None, False),
        (None, False),
    ]


def test_a_picture_that_is_gone_is_not_reused_and_nothing_is_copied():
    media = upload_media(actor=SYSTEM, content=picture(), render=False)
    with pytest.raises(NotFound):
        reuse_media(actor=SYSTEM, wanted=[(media.pk, True), (media.pk + 1, True)])
    with pytest.raises(Forbidden):
        reuse_media(actor=Actor.member(1), wanted=[(media.pk, True)])
    assert Media.objects.count() == 1
