"""Hostile files and addresses: refused before they cost anything, and nothing is ever unpacked to disk."""

import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from catalog.models import Media, Product
from shop.core import runtime
from shop.core.actors import Actor
from shop.core.fetching import FetchRefused, fetch, is_listed, is_public
from shop.core.sheets import guard
from shop.core.sheets.archives import Ambiguous, Archive
from shop.core.sheets.errors import WorkbookRefused
from shop.core.sheets.guard import check_workbook
from tests.workbook.books import SYSTEM, TEA, import_book, issues, picture, upload, xlsx, zip_of


def bent(part: str, content: str, *, base: bytes | None = None) -> io.BytesIO:
    """Return a workbook in which one part is replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base or xlsx(TEA))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, content)
    return out


SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"


@pytest.mark.parametrize(
    "content",
    [
        f'{HEAD}<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row>{TAIL}',
        f'{HEAD}<row r="1"><c r="ZZ1"><v>1</v></c></row>{TAIL}',
        f'{HEAD}<row r="1048576"><c><v>1</v></c><c r="F1048576"><v>1</v></c></row>{TAIL}',
        f'<!DOCTYPE x [<!ENTITY a "b">]>{HEAD}{TAIL}',
        f"{HEAD}<row>",
        "",
    ],
    ids=["far corner", "wide", "deep", "doctype", "cut off", "empty"],
)
def test_a_sheet_that_would_take_all_memory_is_refused(content: str) -> None:
    with pytest.raises(WorkbookRefused):
        check_workbook(bent(SHEET, content), max_bytes=10**6, max_rows=20_000)


def test_one_long_text_used_a_thousand_times_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_TEXT", 1_000_000)
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 1001))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = f'<sst xmlns="{space}"><si><t>{"x" * 2000}</t></si></sst>'
    file = bent("xl/sharedStrings.xml", strings, base=bent(SHEET, HEAD + cells + TAIL).getvalue())
    with pytest.raises(WorkbookRefused):
        check_workbook(file, max_bytes=10**6, max_rows=20_000)


def test_a_bomb_a_stranger_and_a_giant_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_UNPACKED", 1_000_000)
    with pytest.raises(WorkbookRefused):
        check_workbook(bent(SHEET, HEAD + " " * 2_000_000 + TAIL), max_bytes=10**6, max_rows=10)
    for content in (b"PK\x03\x04 not a zip", zip_of({"a.txt": b"x"}), b"\xd0\xcf\x11\xe0"):
        with pytest.raises(WorkbookRefused):
            check_workbook(io.BytesIO(content), max_bytes=10**6, max_rows=10)
    with pytest.raises(WorkbookRefused):
        check_workbook(io.BytesIO(xlsx(TEA)), max_bytes=100, max_rows=10)


def archive(files: dict[str, bytes], **limits: int) -> Archive:
    return Archive(io.BytesIO(zip_of(files)), **{"max_files": 10, "max_unpacked": 10_000, **limits})


def test_names_in_a_zip_are_looked_up_and_never_paths() -> None:
    found = archive(
        {"a/x.png": b"1", "b/x.png": b"2", "../../etc/y.png": b"3", "__MACOSX/y.png": b"4", "z.PNG": b"5"}
    )
    assert found.read(found.find("a/x.png") or "", max_bytes=9) == b"1"
    assert found.read(found.find("Z.png") or "", max_bytes=9) == b"5"
    assert found.find("nothing.png") is None
    with pytest.raises(Ambiguous):
        found.find("x.png")


def test_a_zip_from_chinese_windows_and_its_limits() -> None:
    raw = zip_of({"TTTTTT.png": b"x"}).replace(b"TTTTTT", "龙井茶".encode("gbk"))
    assert Archive(io.BytesIO(raw), max_files=9, max_unpacked=99).find("龙井茶.png") is not None
    with pytest.raises(WorkbookRefused):
        archive({f"{n}.png": b"x" for n in range(11)})
    with pytest.raises(WorkbookRefused):
        archive({"a.png": b"x" * 20_000})
    with pytest.raises(WorkbookRefused):
        archive({"a.png": b"x" * 100}).read("a.png", max_bytes=99)
    with pytest.raises(WorkbookRefused):
        Archive(io.BytesIO(b"PK\x03\x04broken"), max_files=9, max_unpacked=99)


@pytest.mark.django_db
def test_the_same_picture_twice_is_stored_once() -> None:
    same = picture()
    rows = [
        {**TEA, "商品图片": "a.png;b.png"},
        {**TEA, "商品编码": "X", "SKU编码": "X-1", "商品图片": "b.png"},
    ]
    assert import_book(xlsx(*rows), zip_of({"a.png": same, "b.png": same})).created == 2
    assert Media.objects.values("sha256").distinct().count() == 1
    assert Media.objects.values("file").distinct().count() == 1
    assert [p.media.count() for p in Product.objects.order_by("pk")] == [1, 1]


@pytest.mark.django_db
def test_a_file_that_is_no_picture_is_an_error_of_its_row() -> None:
    run = upload(xlsx({**TEA, "商品图片": "a.png"}), zip_of({"a.png": b"<svg onload=alert(1)>"}))
    assert issues(run) == [(2, "images", "picture_unusable")]
    assert Media.objects.count() == 0


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
     "0.0.0.0", "224.0.0.1",  # noqa: S104
     "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "fe80::1%eth0"],
)  # fmt: skip
def test_private_addresses_are_told(address: str) -> None:
    assert not is_public(address)


def test_public_addresses_and_the_list_of_hosts() -> None:
    assert is_public("8.8.8.8")
    assert is_public("2400:3200::1")
    hosts = ["img.example.com", "*.cdn.example.com"]
    assert is_listed("IMG.example.com.", hosts)
    assert is_listed("a.b.cdn.example.com", hosts)
    for stranger in ("cdn.example.com", "evil-cdn.example.com", "img.example.com.evil.com", "example.com"):
        assert not is_listed(stranger, hosts)


class Pictures(BaseHTTPRequestHandler):
    """A picture server: /ok, /moved (to /ok), /away (to a private host), /large, /gone."""

    content: ClassVar[bytes] = b""
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        places = {"/moved": "/ok", "/away": "http://127.0.0.2:1/x", "/loop": "/loop"}
        if self.path in places:
            self.send_response(302)
            self.send_header("Location", places[self.path])
            self.end_headers()
            return
        self.send_response(200 if self.path in ("/ok", "/large") else 404)
        self.end_headers()
        self.wfile.write(b"x" * 200_000 if self.path == "/large" else self.content)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(settings: Any) -> Iterator[str]:
    """A picture server of the merchant's own network, named as such by the deployment."""
    Pictures.content, Pictures.asked = picture(), []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    settings.SHOP_INTERNAL_PICTURE_HOSTS = [f"127.0.0.1:{running.server_port}"]
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


def refused(url: str, hosts: tuple[str, ...] = ()) -> str:
    with pytest.raises(FetchRefused) as refusal:
        fetch(url, hosts=hosts, max_bytes=100_000)
    return refusal.value.code


def test_fetching_follows_only_where_it_may(server: str) -> None:
    assert fetch(f"{server}/ok", hosts=(), max_bytes=100_000) == Pictures.content
    assert fetch(f"{server}/moved", hosts=(), max_bytes=100_000) == Pictures.content
    assert refused(f"{server}/away") == "invalid_address"
    assert refused(f"{server}/loop") == "too_many_redirects"
    assert refused(f"{server}/large") == "too_large"
    assert refused(f"{server}/gone") == "http_404"


def test_addresses_that_are_never_asked(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given names that lead inside, odd schemes or hosts not on the list, then no connection is made."""
    port = server.rpartition(":")[2]
    assert refused("https://img.example.com/x") == "host_not_allowed"
    assert refused("http://img.example.com/x", ("img.example.com",)) == "invalid_address"
    assert refused("https://u:p@img.example.com/x", ("img.example.com",)) == "invalid_address"
    assert refused("https://img.example.com:8443/x", ("img.example.com",)) == "host_not_allowed"
    assert refused("file:///etc/passwd") == "invalid_address"
    assert refused(f"http://localhost:{port}/ok", ("localhost",)) == "invalid_address"
    assert refused("https://[::1", ("x",)) == "invalid_address"

    def inside(host: str, port: int, **_rest: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in ("8.8.8.8", "169.254.169.254")]

    monkeypatch.setattr(socket, "getaddrinfo", inside)
    assert refused("https://img.example.com/x", ("img.example.com",)) == "private_address"
    assert Pictures.asked == []


@pytest.mark.django_db
def test_pictures_come_from_addresses(server: str) -> None:
    """Given an address in a cell, when the workbook is checked and confirmed, then it was asked only once."""
    book = xlsx({**TEA, "商品图片": f"{server}/ok", "状态": "上架"})
    run = import_book(book)
    assert (run.created, issues(run)) == (1, [])
    assert Product.objects.get().media.count() == 1
    assert Pictures.asked == ["/ok"]
    assert upload(book).counts["unchanged"] == 1
    wrong = upload(xlsx({**TEA, "商品图片": f"{server}/gone;https://other.example.com/a.png"}))
    assert sorted(code for _row, _column, code in issues(wrong)) == [
        "picture_host_not_allowed",
        "picture_http_404",
    ]
    runtime.set_value(actor=Actor.system("x"), name="import_picture_hosts", value="localhost")
    runtime.forget()
    private = upload(xlsx({**TEA, "商品图片": "https://localhost/a.png"}), actor=SYSTEM)
    assert issues(private) == [(2, "images", "picture_private_address")]
