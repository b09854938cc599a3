"""Pictures that members upload."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from members.models import Member, ProfileCheck, Upload
from members.services import uploads as service
from members.services.closing import close_account
from members.services.uploads import purge_uploads_batch, store_upload
from shop.core import clock
from shop.core.actors import Actor
from shop.core.auth import open_session
from shop.core.jobs import run_job
from tests.members.shoppers import new_member
from tests.storefront.sections import picture_bytes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def send(client: Client, member: Member | None, **files: Any) -> Any:
    headers = {"Authorization": f"Bearer {open_session(member_id=member.pk).access}"} if member else {}
    return client.post("/api/v1/uploads", files, headers=headers)


def sent(content: bytes, name: str = "a.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def aged(upload: Upload) -> Upload:
    Upload.objects.filter(pk=upload.pk).update(created_at=clock.now() - timedelta(days=1, minutes=1))
    return upload


def test_a_picture_is_stored_clean_under_a_name_of_ours(client: Client, media: Path):
    member = new_member()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SecretCamera"
    answer = send(client, member, file=sent(picture_bytes(exif=exif), name="../../etc/passwd.php"))
    assert answer.status_code == 201
    upload = Upload.objects.get()
    assert answer.json() == {"url": f"/media/{upload.file.name}"}
    assert (upload.member_id, upload.width, upload.height, upload.kept_for) == (member.pk, 40, 60, "")
    stored = (media / str(upload.file.name)).read_bytes()
    assert b"SecretCamera" not in stored
    assert Image.open(io.BytesIO(stored)).size == (40, 60)
    assert str(upload.file.name).startswith("uploads/")
    assert str(upload.file.name).endswith(".jpg")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_the_type_is_told_by_content(client: Client, kind: str):
    answer = send(client, new_member(), file=sent(picture_bytes(kind), name="a.txt", kind="text/plain"))
    assert answer.status_code == 201
    assert answer.json()["url"].endswith(f".{kind.lower()}")


def bomb() -> bytes:
    """Return few bytes that decode to 64 million pixels."""
    out = io.BytesIO()
    Image.new("1", (8000, 8000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<svg onload=alert(1)>", "broken"),
        (b"", "broken"),
        (b"\x00\x00\x00\x18ftypmp42" + b"0" * 100, "broken"),
        (picture_bytes()[:300], "broken"),
        (b"GIF89a<script>", "broken"),
        (bomb(), "too_many_pixels"),
        (b"\xff\xd8" + b"0" * (10 * 1024 * 1024), "too_large"),
    ],
    ids=["svg", "empty", "video", "cut", "polyglot", "bomb", "large"],
)
def test_what_is_no_picture_is_refused_and_leaves_nothing(
    client: Client, media: Path, content: bytes, reason: str
):
    answer = send(client, new_member(), file=sent(content))
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (400, "media_refused", reason)
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [("file", reason)]
    assert not Upload.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_forms_of_another_shape_are_refused(client: Client):
    member = new_member()

    def refused(**files: Any) -> Any:
        answer = send(client, member, **files)
        return answer.status_code, [(error["field"], error["code"]) for error in answer.json()["errors"]]

    one = picture_bytes()
    assert refused() == (400, [("file", "required")])
    assert refused(file="text") == (400, [("file", "required")])
    assert refused(file=[sent(one), sent(one)]) == (400, [("file", "repeated")])
    assert refused(file=sent(one), more="x") == (400, [("more", "unknown_field")])
    assert send(client, None, file=sent(one)).status_code == 401
    headers = {"Authorization": f"Bearer {open_session(member_id=member.pk).access}"}
    plain = client.post("/api/v1/uploads", b"{}", content_type="application/json", headers=headers)
    assert plain.status_code == 415
    broken = client.post("/api/v1/uploads", b"x", content_type="multipart/form-data", headers=headers)
    assert broken.status_code == 400
    large = client.generic(
        "POST",
        "/api/v1/uploads",
        b"x",
        "multipart/form-data; boundary=x",
        headers={**headers, "Content-Length": str(11 * 1024 * 1024)},
    )
    assert large.status_code == 413
    assert not Upload.objects.exists()


def test_uploads_are_limited_by_rate_and_by_day(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    member = new_member()
    monkeypatch.setattr(service, "MOST_A_DAY", 1)
    assert send(client, member, file=sent(picture_bytes())).status_code == 201
    problem = send(client, member, file=sent(picture_bytes())).json()
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [("file", "too_many")]
    settings.SHOP_THROTTLES = {**settings.SHOP_THROTTLES, "upload": (1, 60, "member")}
    other = new_member()
    assert send(client, other, file=sent(picture_bytes())).status_code == 201
    assert send(client, other, file=sent(picture_bytes())).status_code == 429


def test_what_nothing_uses_goes_after_a_day_and_the_rest_stays(media: Path):
    member = new_member()
    unused, fresh, avatar, pending, kept = (
        store_upload(member_id=member.pk, content=picture_bytes()) for _number in range(5)
    )
    Member.objects.filter(pk=member.pk).update(avatar=f"/media/{avatar.file.name}")
    ProfileCheck.objects.create(
        member=member, field="avatar", value=f"/media/{pending.file.name}", created_at=clock.now()
    )
    Upload.objects.filter(pk=kept.pk).update(kept_for="review")
    for upload in (unused, avatar, pending, kept):
        aged(upload)
    assert run_job("members.purge_uploads") == 3
    assert set(Upload.objects.all()) == {fresh, avatar, pending, kept}
    assert not (media / str(unused.file.name)).exists()
    assert all((media / str(upload.file.name)).exists() for upload in (fresh, avatar, pending, kept))
    assert purge_uploads_batch() == 0


def test_a_replaced_picture_and_a_closed_accounts_pictures_go():
    member = new_member()
    old = store_upload(member_id=member.pk, content=picture_bytes())
    service.use_for_profile(member_id=member.pk, url=f"/media/{old.file.name}")
    assert Upload.objects.get().kept_for == "profile"
    new = store_upload(member_id=member.pk, content=picture_bytes())
    service.use_for_profile(member_id=member.pk, url=f"/media/{new.file.name}")
    assert dict(Upload.objects.values_list("pk", "kept_for")) == {old.pk: "", new.pk: "profile"}
    close_account(actor=Actor.member(member.pk), member_id=member.pk)
    for upload in (old, new):
        aged(upload)
    assert purge_uploads_batch() == 2
    assert not Upload.objects.exists()
    assert not default_storage.exists(str(old.file.name))
