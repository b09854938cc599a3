"""Every refusal of the ground floor: a stable code, a status, a translated title.

Codes are a contract with clients: they are documented in ``docs/errors.md`` and never change meaning.
The API renders them as RFC 9457 problem+json; each app adds its own in its ``errors.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

LazyStr = str | Promise


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of the input; ``field`` is a dotted path such as ``items.0.quantity``."""

    field: str
    code: str
    detail: LazyStr


class ShopError(Exception):
    """A refusal that the caller can act on: nothing was written.

    ``retry_after`` is in seconds and becomes the Retry-After header; ``extra`` members are added to the
    problem body (a conflict's references, a new quote).
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    title: ClassVar[LazyStr] = _("The request was refused.")

    def __init__(
        self,
        detail: LazyStr | None = None,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.detail: LazyStr = self.title if detail is None else detail
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class InvalidInput(ShopError):
    """The shape or a value of the input is wrong; ``errors`` names the fields."""

    code = "invalid_input"
    status = 400
    title = _("The input is not valid.")


class NotAuthenticated(ShopError):
    """Nobody is logged in, or the token is spent, expired or forged."""

    code = "not_authenticated"
    status = 401
    title = _("Please log in.")


class Forbidden(ShopError):
    """Logged in, but not allowed to do this."""

    code = "forbidden"
    status = 403
    title = _("You are not allowed to do this.")


class NotFound(ShopError):
    """Absent, or another member's: the caller cannot tell which."""

    code = "not_found"
    status = 404
    title = _("This does not exist.")


class Conflict(ShopError):
    """The state of the thing does not allow the action."""

    code = "conflict"
    status = 409
    title = _("This is not possible in the present state.")


class IdempotencyKeyRequired(ShopError):
    """The action needs an ``Idempotency-Key`` header."""

    code = "idempotency_key_required"
    status = 400
    title = _("The Idempotency-Key header is required.")


class IdempotencyKeyReused(ShopError):
    """The same key was used before with another method, path or body."""

    code = "idempotency_key_reused"
    status = 422
    title = _("This Idempotency-Key was used for a different request.")


class RequestInProgress(ShopError):
    """A request with the same key is still being carried out; ask again a little later."""

    code = "request_in_progress"
    status = 409
    title = _("The same request is still being carried out.")


class Throttled(ShopError):
    """Too many requests."""

    code = "throttled"
    status = 429
    title = _("Too many requests. Please slow down.")


class Busy(ShopError):
    """A row stayed locked longer than the lock timeout; nothing was written."""

    code = "busy"
    status = 503
    title = _("The shop is busy. Please try again.")


class WechatBusy(ShopError):
    """WeChat is slow or down, or too many calls to it are in flight."""

    code = "wechat_busy"
    status = 503
    title = _("WeChat is not answering. Please try again.")


class Unavailable(ShopError):
    """A part of the shop that the action needs is down."""

    code = "unavailable"
    status = 503
    title = _("This is not available right now. Please try again.")


class InsufficientBalance(ShopError):
    """A posting would take an account below its floor."""

    code = "insufficient_balance"
    status = 409
    title = _("The balance is not sufficient.")


class LedgerConflict(ShopError):
    """The same reason and reference were posted before with another amount."""

    code = "ledger_conflict"
    status = 409
    title = _("This was already booked with a different amount.")


class MalformedRequest(ShopError):
    """The request cannot be read at all: broken JSON, too deep, cut off, suspicious."""

    code = "malformed_request"
    status = 400
    title = _("The request cannot be read.")


class PayloadTooLarge(ShopError):
    """The body is larger than the shop accepts."""

    code = "payload_too_large"
    status = 413
    title = _("The request is too large.")


class MethodNotAllowed(ShopError):
    """The path exists, but not with this method; the Allow header names the methods it has."""

    code = "method_not_allowed"
    status = 405
    title = _("This method is not available here.")


class NotAcceptable(ShopError):
    """The client accepts no format that we can give."""

    code = "not_acceptable"
    status = 406
    title = _("Only JSON is available here.")


class UnsupportedMediaType(ShopError):
    """The body is in a format that this endpoint does not read."""

    code = "unsupported_media_type"
    status = 415
    title = _("This type of content is not accepted here.")


class InternalError(ShopError):
    """A defect of ours; ``request_id`` finds it in the log."""

    code = "internal_error"
    status = 500
    title = _("Something went wrong on our side.")


class TokenInvalid(NotAuthenticated):
    """The access token is forged, malformed, or its session was closed."""

    code = "token_invalid"
    title = _("Please log in again.")


class TokenExpired(NotAuthenticated):
    """The access token is past its two hours: refresh it."""

    code = "token_expired"
    title = _("The login has expired.")


class RefreshInvalid(NotAuthenticated):
    """The refresh token is unknown, expired, or its session was closed."""

    code = "refresh_invalid"
    title = _("Please log in again.")


class RefreshReused(NotAuthenticated):
    """A spent refresh token was shown again too late: its whole family is closed."""

    code = "refresh_reused"
    title = _("This login was used twice and has been closed. Please log in again.")


class ApprovalPending(ShopError):
    """The same action on the same subject already waits for a second person."""

    code = "approval_pending"
    title = _("This is already waiting for approval.")


class ApprovalDecided(ShopError):
    """Somebody decided before."""

    code = "approval_decided"
    title = _("This was already decided.")


class ApprovalExpired(ShopError):
    """Nobody decided in time."""

    code = "approval_expired"
    title = _("This request for approval has expired.")


class SecondPersonRequired(Forbidden):
    """Whoever asked for the approval cannot give it."""

    code = "second_person_required"
    title = _("A second person must decide this.")


def _descendants(base: type[ShopError]) -> Iterator[type[ShopError]]:
    for child in base.__subclasses__():
        yield child
        yield from _descendants(child)


def all_error_codes() -> dict[str, type[ShopError]]:
    """Return code -> class of every refusal in the shop, after importing every app's ``errors`` module.

    A class that does not set a code of its own shares its parent's. Two classes that both claim one code
    are a mistake and raise ``ImproperlyConfigured``.
    """
    autodiscover_modules("errors")
    codes: dict[str, type[ShopError]] = {ShopError.code: ShopError}
    for child in _descendants(ShopError):
        if "code" not in vars(child) or codes.get(child.code) is child:
            continue
        if child.code in codes:
            raise ImproperlyConfigured(f"{child} and {codes[child.code]} share the code {child.code!r}.")
        codes[child.code] = child
    return codes
