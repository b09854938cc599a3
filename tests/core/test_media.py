"""GET /media/…: pictures and videos, and nothing else that lies in their folder."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

PICTURE = b"\xff\xd8\xff" + bytes(range(200)) * 10


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    goods = tmp_path / "media" / "products" / "2026"
    goods.mkdir(parents=True)
    (goods / "tea.jpg").write_bytes(PICTURE)
    (goods / "tea.mp4").write_bytes(PICTURE)
    (goods / "tea.html").write_text("<script>alert(1)</script>")
    (tmp_path / "media" / ".private").mkdir()
    (tmp_path / "media" / ".private" / "costs.jpg").write_bytes(PICTURE)
    (tmp_path / "secret.jpg").write_bytes(PICTURE)
    return tmp_path


def test_a_picture_is_given_out_to_be_shown_and_kept(folder: Path, client: Client) -> None:
    answer = client.get("/media/products/2026/tea.jpg")
    assert (answer.status_code, b"".join(answer)) == (200, PICTURE)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "public, max-age=604800"
    assert answer["Content-Security-Policy"].endswith("sandbox")
    assert answer["X-Content-Type-Options"] == "nosniff"
    again = client.get("/media/products/2026/tea.jpg", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, b"".join(again)) == (304, b"")
    head = client.head("/media/products/2026/tea.jpg")
    assert (head.status_code, head["Content-Length"], b"".join(head)) == (200, str(len(PICTURE)), b"")


def test_a_video_is_given_out_in_pieces(folder: Path, client: Client) -> None:
    answer = client.get("/media/products/2026/tea.mp4", headers={"Range": "bytes=3-6"})
    assert (answer.status_code, b"".join(answer)) == (206, PICTURE[3:7])
    assert answer["Content-Range"] == f"bytes 3-6/{len(PICTURE)}"
    assert answer["Content-Type"] == "video/mp4"


@pytest.mark.parametrize(
    "path",
    [
        "products/2026/absent.jpg",
        "products/2026",
        "products/2026/tea.html",
        ".private/costs.jpg",
        "products/../.private/costs.jpg",
        "../secret.jpg",
        "products/%2e%2e/%2e%2e/secret.jpg",
        "/etc/passwd.jpg",
        "products/tea\x00.jpg",
    ],
)
def test_nothing_else_is(folder: Path, client: Client, path: str) -> None:
    answer = client.get(f"/media/{path}")
    assert answer.status_code == 404
    assert b"".join(answer) != PICTURE


def test_nobody_writes_there(folder: Path, client: Client) -> None:
    assert client.post("/media/products/2026/tea.jpg", b"x", content_type="image/jpeg").status_code == 405
    assert (folder / "media/products/2026/tea.jpg").read_bytes() == PICTURE
