"""Fetching a bill: announcement, signed download, gunzip while streaming, SHA-1 of what comes out, size caps.

The file itself is not signed; the announcement is, and it carries the hash. The address in the announcement
is only used for its path and query: the signed request always goes to the configured host.
"""

import hashlib
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from shop.wechat import guard
from shop.wechat.http import DOWNLOAD, NoAnswer
from shop.wechat.outcomes import Outcome, Refused, Success, Unknown, UnknownReason
from shop.wechat.pay.parsing import Reader, Unparsable, parse_nothing
from shop.wechat.pay.transport import Call, PayTransport, judge
from shop.wechat.pay.types import BillFile

MAX_COMPRESSED_BYTES = 256 * 1024 * 1024
MAX_BYTES = 2 * 1024 * 1024 * 1024
_PATH = "/v3/billdownload/"
_PIECE = 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Announcement:
    """Where a bill lies (path and query) and the SHA-1 of its uncompressed bytes."""

    path: str
    sha1: str


class TooLarge(Exception):
    """The uncompressed bill exceeds the cap."""


def parse_announcement(data: Mapping[str, Any]) -> Announcement:
    """The answer of tradebill and fundflowbill."""
    read = Reader(data)
    if read.text("hash_type", required=True) != "SHA1":
        raise Unparsable("hash_type")
    parts = urlsplit(read.text("download_url", required=True))
    if not parts.path.startswith(_PATH):
        raise Unparsable("download_url")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return Announcement(path=path, sha1=read.text("hash_value", required=True).lower())


def fetch(
    transport: PayTransport, announced: Outcome[Announcement], *, day: date, kind: str, destination: Path
) -> Outcome[BillFile]:
    """Download what was announced to ``destination``; it appears there whole and checked or not at all."""
    if not isinstance(announced, Success):
        return announced
    part = destination.with_name(destination.name + ".part")
    try:
        return guard.perform(
            endpoint="bill.file",
            limits=DOWNLOAD,
            call=lambda: _download(
                transport, announced.value, day=day, kind=kind, part=part, into=destination
            ),
        )
    finally:
        part.unlink(missing_ok=True)


def _download(
    transport: PayTransport, announced: Announcement, *, day: date, kind: str, part: Path, into: Path
) -> Outcome[BillFile]:
    call = Call("bill.file", "GET", announced.path)
    with part.open("wb") as file:
        sink = _Gunzip(file)
        try:
            url = transport.merchant.base_url + announced.path
            answer = transport.download(call, url, sink, limits=DOWNLOAD, max_bytes=MAX_COMPRESSED_BYTES)
            sink.finish()
        except NoAnswer as none:
            return Unknown(none.reason, sent=none.sent)
        except TooLarge:
            return Unknown(UnknownReason.TOO_LARGE)
        except zlib.error:
            return Unknown(UnknownReason.UNPARSABLE)
        file.flush()
        os.fsync(file.fileno())
    if answer.status != 200:
        return _refusal(
            answer_outcome=judge(answer, call=call, merchant=transport.merchant, parse=parse_nothing)
        )
    if sink.sha1.hexdigest() != announced.sha1:
        return Unknown(UnknownReason.BAD_DIGEST, http_status=200)
    part.replace(into)
    return Success(BillFile(path=into, day=day, kind=kind, sha1=announced.sha1, size=sink.size))


def _refusal(*, answer_outcome: Outcome[None]) -> Refused | Unknown:
    if isinstance(answer_outcome, Success):
        return Unknown(UnknownReason.UNEXPECTED_STATUS)
    return answer_outcome


class _Gunzip:
    """A sink that stores the uncompressed bytes and hashes them; plain files pass through."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._zlib: zlib._Decompress | None = None
        self._started = False
        self.sha1 = hashlib.sha1(usedforsecurity=False)
        self.size = 0

    def write(self, data: bytes) -> int:
        """Take one chunk as received; raises zlib.error or TooLarge."""
        if not self._started:
            self._started = True
            if data.startswith(_GZIP_MAGIC):
                self._zlib = zlib.decompressobj(wbits=31)
        if self._zlib is None:
            self._store(data)
            return len(data)
        rest = data
        while rest and not self._zlib.eof:
            self._store(self._zlib.decompress(rest, _PIECE))
            rest = self._zlib.unconsumed_tail
        return len(data)

    def finish(self) -> None:
        """Store what is left; a gzip that stops in the middle raises zlib.error."""
        if self._zlib is None:
            return
        self._store(self._zlib.flush())
        if not self._zlib.eof:
            raise zlib.error("truncated")

    def _store(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > MAX_BYTES:
            raise TooLarge
        self.sha1.update(data)
        self._file.write(data)
