"""What the two hosts and the control plane say when they refuse."""

from typing import Any


class PayError(Exception):
    """An APIv3 refusal: HTTP status, ``{code, message, detail}`` and the numeric tail of Request-ID."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        detail: dict[str, Any] | None = None,
        number: int = 268435461,
        signed: bool = True,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.detail, self.number, self.signed = detail, number, signed

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.detail is not None:
            body["detail"] = self.detail
        return body


class MiniError(Exception):
    """A mini-program refusal: HTTP 200 with ``{errcode, errmsg}``."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode, self.errmsg = errcode, errmsg


class ControlError(Exception):
    """The control plane refuses: the state does not allow it, or the request is malformed."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


def param_error(field: str, issue: str, *, value: object = None, location: str = "body") -> PayError:
    """400 PARAM_ERROR with the detail block that WeChat Pay adds."""
    detail = {"field": field, "issue": issue, "location": location}
    if value is not None:
        detail["value"] = str(value)[:64]
    return PayError(400, "PARAM_ERROR", f"参数错误: {field} {issue}", detail=detail)


def invalid_request(message: str, *, number: int = 268435461) -> PayError:
    return PayError(400, "INVALID_REQUEST", message, number=number)


def missing(code: str, message: str, *, number: int = 268512771) -> PayError:
    return PayError(404, code, message, number=number)
