"""Uploaded pictures and videos, for a shop without a proxy in front; behind one this is never asked.

The same rules as in ``deploy/Caddyfile``: nothing hidden, nothing that runs. Ranges are answered, because
phones ask for videos in pieces.
"""

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import IsDirectoryError, MissingFileError, StaticFile

from shop.core.api.handlers import page_not_found

TYPES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""What is given out; uploads are told by content and named by us, so there is nothing else."""

_HEADERS = (
    ("Cache-Control", "public, max-age=604800"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
)


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer with an uploaded file: 200, 206 or 304; 404 for what is hidden, unknown, no picture or video."""
    kind = TYPES.get(PurePosixPath(path).suffix.lower())
    if kind is None or any(part.startswith(".") for part in path.split("/")):
        return page_not_found(request, Http404())
    try:
        file = StaticFile(default_storage.path(path), [*_HEADERS, ("Content-Type", kind)])
    except (MissingFileError, IsDirectoryError, SuspiciousFileOperation, ValueError) as error:
        return page_not_found(request, error)
    answer: HttpResponseBase = WhiteNoiseMiddleware.serve(file, request)
    return answer
