"""Files that come in a zip beside a workbook. Nothing is ever unpacked to disk: names are only looked up."""

import zipfile
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from shop.core.sheets.errors import WorkbookRefused

_UTF8 = 0x800
_ENCRYPTED = 0x1
_SKIPPED = ("__macosx", "thumbs.db", "desktop.ini")


class Ambiguous(LookupError):
    """Two files of the zip have this name, in different folders."""


class Archive:
    """The files of a zip by name. A name may be given with its folders or, if that is clear, without."""

    def __init__(self, file: IO[bytes], *, max_files: int, max_unpacked: int) -> None:
        """Open a zip. Raises ``WorkbookRefused`` when it is none, encrypted, or too large when unpacked."""
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise WorkbookRefused(_("This is not a zip file, or it is damaged.")) from error
        paths = {entry: _path(entry) for entry in self._zip.infolist()}
        entries = [entry for entry, path in paths.items() if _is_file(entry, path)]
        if len(entries) > max_files:
            raise WorkbookRefused(_("The zip holds more than %(count)d files.") % {"count": max_files})
        if sum(entry.file_size for entry in entries) > max_unpacked:
            raise WorkbookRefused(_("The zip is too large when unpacked."))
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            raise WorkbookRefused(_("The zip is protected by a password."))
        self._by_path: dict[str, zipfile.ZipInfo] = {}
        self._by_name: dict[str, list[zipfile.ZipInfo]] = {}
        for entry in entries:
            path = paths[entry]
            self._by_path[path] = entry
            self._by_name.setdefault(path.rpartition("/")[2], []).append(entry)

    def __len__(self) -> int:
        return len(self._by_path)

    def find(self, name: str) -> str | None:
        """Return the entry that a name stands for, ``None`` if there is none. Raises ``Ambiguous``."""
        wanted = name.replace("\\", "/").strip("/").casefold()
        if wanted in self._by_path:
            return self._by_path[wanted].filename
        found = self._by_name.get(wanted, [])
        if len(found) > 1:
            raise Ambiguous(name)
        return found[0].filename if found else None

    def read(self, entry: str, *, max_bytes: int) -> bytes:
        """Return an entry's bytes. Raises ``WorkbookRefused`` for more than ``max_bytes`` or damage."""
        try:
            with self._zip.open(entry) as content:
                data = content.read(max_bytes + 1)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, KeyError) as error:
            raise WorkbookRefused(_("This file of the zip is damaged.")) from error
        if len(data) > max_bytes:
            raise WorkbookRefused(_("The file is larger than %(size)d MB.") % {"size": max_bytes // 2**20})
        return data


def pack_folder(folder: Path, target: Path) -> None:
    """Write the files of a folder into a zip, so that a folder goes the same way as an upload."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                archive.write(path, path.relative_to(folder).as_posix())


def _is_file(entry: zipfile.ZipInfo, path: str) -> bool:
    parts = [part for part in path.split("/") if part != "."]
    hidden = any(part.startswith(".") for part in parts)
    return not entry.is_dir() and not hidden and not any(part in _SKIPPED for part in parts)


def _path(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; zips made on Chinese Windows write it in GBK without saying so."""
    name = entry.filename
    if not entry.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode("gbk")
        except UnicodeError:
            name = entry.filename
    return name.replace("\\", "/").strip("/").casefold()
