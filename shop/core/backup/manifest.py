"""The table of contents of a backup: what is in it, what made it, and the digest of every part.

`manifest.json` names each part with its size and SHA-256; `manifest.json.sha256` covers the manifest itself,
so that no byte of a backup can change unnoticed. (This protects against damage, not against a forger: who can
write the backup can write its digests. Keep backups where only the operator can write.)
"""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from shop.core.backup.errors import BackupError

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_DIGEST = "manifest.json.sha256"
DATABASE = "database.dump"
MEDIA = "media.tar"


@dataclass(frozen=True)
class Part:
    """One file of a backup. `size` in bytes."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `migrations` are "app.name"; `rows` counts each table in the dump's own snapshot.

    `media` is "files" or "external" (kept by an object store, which has its own backups). `keys` maps the id
    of each encryption key to a fingerprint, so that a restore can tell whether the right keys are at hand.
    """

    created_at: str
    shop_version: str
    server_version: str
    media: str
    migrations: tuple[str, ...]
    rows: Mapping[str, int]
    keys: Mapping[str, str]
    parts: Mapping[str, Part]
    format: int = FORMAT

    @property
    def server_major(self) -> int:
        return int(self.server_version.split(".")[0])

    @property
    def row_total(self) -> int:
        return sum(self.rows.values())


def describe(path: Path) -> Part:
    """Return size and digest of a finished file."""
    with path.open("rb") as file:
        return Part(
            size=os.fstat(file.fileno()).st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest()
        )


def key_fingerprints() -> dict[str, str]:
    """Return a fingerprint of each key of SHOP_ENCRYPTION_KEYS and of SHOP_HASH_KEY."""
    keys = {}
    for entry in filter(None, settings.SHOP_ENCRYPTION_KEYS.split(",")):
        kid, _separator, key = entry.strip().partition(":")
        keys[kid] = _fingerprint(key)
    if settings.SHOP_HASH_KEY:
        keys["SHOP_HASH_KEY"] = _fingerprint(settings.SHOP_HASH_KEY)
    return keys


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest and its digest; the last step before a backup gets its name."""
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    (directory / MANIFEST_DIGEST).write_text(f"{digest}  {MANIFEST}\n", encoding="utf-8")


def read_manifest(directory: Path) -> Manifest:
    """Return the manifest of a backup after checking its digest; BackupError when absent or damaged."""
    try:
        raw = (directory / MANIFEST).read_bytes()
        stated = (directory / MANIFEST_DIGEST).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(
            _("%(path)s is not a backup of this shop, or it is incomplete.") % {"path": directory}
        ) from error
    if stated != f"{hashlib.sha256(raw).hexdigest()}  {MANIFEST}\n":
        raise _damaged(MANIFEST)
    return _parse(json.loads(raw))


def verify_parts(directory: Path, manifest: Manifest) -> None:
    """Compare every part with its digest, reading all of it; BackupError names the first that differs."""
    for name, stated in manifest.parts.items():
        path = directory / name
        if not path.is_file() or describe(path) != stated:
            raise _damaged(name)


def _parse(data: dict[str, Any]) -> Manifest:
    if data.get("format") != FORMAT:
        raise BackupError(
            _("This backup has format %(found)s; this version of the shop reads format %(known)s.")
            % {"found": data.get("format"), "known": FORMAT}
        )
    parts = {name: Part(**part) for name, part in data.pop("parts").items()}
    return Manifest(**data | {"parts": parts, "migrations": tuple(data["migrations"])})


def _damaged(name: str) -> BackupError:
    return BackupError(
        _("The backup is damaged: %(name)s does not match its checksum. Nothing was restored.")
        % {"name": name}
    )


def _fingerprint(key: str) -> str:
    return hmac.new(key.encode(), b"jishi backup key fingerprint", hashlib.sha256).hexdigest()[:16]
