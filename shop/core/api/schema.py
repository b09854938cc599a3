"""The OpenAPI description: bearer tokens, and the problem that every operation may answer with."""

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from shop.core.api.renderers import PROBLEM_TYPE

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable; docs/errors.md lists every one.",
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemField"}},
        "request_id": {"type": "string"},
    },
}
PROBLEM_FIELD_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What is wrong with one field; `field` is a dotted path such as `items.0.quantity`.",
    "required": ["field", "code", "detail"],
    "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "detail": {"type": "string"}},
}
ID_PARAMETER = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
NUMBER_PARAMETER = {"type": "string", "pattern": "^[0-9A-Z]{1,32}$"}
IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    type={"type": "string", "maxLength": 255, "pattern": r"^[!-~]([ -~]*[!-~])?$"},
    location=OpenApiParameter.HEADER,
    required=True,
    description="Chosen by the client; the same request under the same key is carried out once.",
)
"""For operations that are decorated with ``idempotent_transaction`` or ``idempotent_call``."""
ANY_TEXT = r"^[^\u0000]*$"
VISIBLE_TEXT = r"^[^\u0000]*[^\u0000\s][^\u0000]*$"
_PROBLEM_REFERENCE = {"$ref": "#/components/schemas/Problem"}
_REFUSED = "Refused: nothing was done."
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


class MemberScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes ``Authorization: Bearer <access>``."""

    target_class = "shop.core.api.authentication.MemberAuthentication"
    name = "member"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the HTTP bearer scheme."""
        scheme: dict[str, Any] = build_bearer_security_scheme_object("Authorization", "Bearer", "JWT")
        return scheme


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says of every strict body that it takes no other fields."""

    target_class = "shop.core.api.serializers.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the usual schema, closed in requests; answers may grow."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False} if direction == "request" else schema


class StrictText(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Says of a text what the field checks: no NUL, and not only spaces unless it may be blank."""

    target_class = "shop.core.api.fields.CharField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the usual schema with a pattern in requests."""
        schema: dict[str, Any] = auto_schema._map_serializer_field(
            self.target, direction, bypass_extensions=True
        )
        if direction != "request":
            return schema
        return {**schema, "pattern": ANY_TEXT if self.target.allow_blank else VISIBLE_TEXT}


def problem_responses(*statuses: int, **descriptions: str) -> dict[tuple[str, str], OpenApiResponse]:
    """Return ``extend_schema`` responses for refusals worth naming: ``problem_responses(409)``.

    ``status_404="No such order."`` says in words what the status means there. Every operation already says
    that any 4XX and 503 is a problem, so this is for documentation only.
    """
    named = {str(status): _REFUSED for status in statuses} | {
        name.removeprefix("status_"): text for name, text in descriptions.items()
    }
    return {
        (status, PROBLEM_TYPE): OpenApiResponse(response=_PROBLEM_REFERENCE, description=text)
        for status, text in named.items()
    }


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-process the schema: each operation may answer 4XX and 503 with a problem."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    schemas["ProblemField"] = PROBLEM_FIELD_SCHEMA
    for path in result.get("paths", {}).values():
        for method in _METHODS:
            if method in path:
                responses = path[method].setdefault("responses", {})
                responses.setdefault("4XX", _problem(_REFUSED))
                responses.setdefault("503", _problem("Busy or not available: retry after Retry-After."))
    return result


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {PROBLEM_TYPE: {"schema": _PROBLEM_REFERENCE}},
    }
