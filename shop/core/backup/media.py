"""Uploaded media in a backup: packed into one tar, staged beside the present files, then swapped in.

The media directory may be the mount point of a volume, which cannot be renamed. So staging and swapping
happen inside it, under names that packing leaves out.
"""

import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

from django.core.files.storage import FileSystemStorage, storages
from django.utils.translation import gettext as _

from shop.core.backup.errors import BackupError

_STAGED = ".restore-"
_RETIRED = ".replaced-"


def media_directory() -> Path | None:
    """Return where uploads lie, or None when the default storage is not a directory of this machine."""
    storage = storages["default"]
    return Path(storage.location) if isinstance(storage, FileSystemStorage) else None


def has_media(root: Path) -> bool:
    return any(True for _path in _files(root))


def pack_media(root: Path, archive: Path) -> None:
    """Write every regular file below `root` into a tar; one that vanishes meanwhile is left out."""
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(_files(root)):
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue
            with file:
                status = os.fstat(file.fileno())
                entry = tarfile.TarInfo(path.relative_to(root).as_posix())
                entry.size, entry.mtime, entry.mode = status.st_size, int(status.st_mtime), 0o644
                tar.addfile(entry, file)


def stage_media(archive: Path, root: Path) -> Path:
    """Unpack a tar of `pack_media` into a hidden directory inside `root` and return that directory."""
    root.mkdir(parents=True, exist_ok=True)
    staged = root / f"{_STAGED}{secrets.token_hex(8)}"
    staged.mkdir()
    try:
        with tarfile.open(archive) as tar:
            for entry in tar:
                _unpack(tar, entry, staged)
    except BaseException:
        discard(staged)
        raise
    return staged


def swap_media(staged: Path) -> None:
    """Put staged files in the place of all present ones: renames first, deletion of the old ones last."""
    root = staged.parent
    retired = root / f"{_RETIRED}{secrets.token_hex(8)}"
    retired.mkdir()
    for entry in list(root.iterdir()):
        if not _is_ours(entry.name):
            entry.rename(retired / entry.name)
    for entry in list(staged.iterdir()):
        entry.rename(root / entry.name)
    staged.rmdir()
    shutil.rmtree(retired)


def discard(staged: Path) -> None:
    """Remove what a restore that failed had staged."""
    shutil.rmtree(staged, ignore_errors=True)


def _files(root: Path) -> Iterator[Path]:
    for directory, folders, names in os.walk(root):
        if Path(directory) == root:
            folders[:] = [name for name in folders if not _is_ours(name)]
        for name in names:
            path = Path(directory, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _unpack(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> None:
    path = (target / entry.name).resolve()
    source = tar.extractfile(entry) if entry.isreg() else None
    if source is None or not path.is_relative_to(target.resolve()):
        raise BackupError(_("The backup's media hold an entry that is no plain file: nothing was restored."))
    path.parent.mkdir(parents=True, exist_ok=True)
    with source, path.open("xb") as file:
        shutil.copyfileobj(source, file)
    os.utime(path, (entry.mtime, entry.mtime))


def _is_ours(name: str) -> bool:
    return name.startswith((_STAGED, _RETIRED))
