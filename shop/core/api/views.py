"""The base of every API view: members only unless it says otherwise, strict in, problem+json out."""

from typing import Any, ClassVar, NoReturn

import structlog
from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from shop.core import errors
from shop.core.actors import Actor
from shop.core.api.authentication import MemberAuthentication
from shop.core.api.client import client_ip
from shop.core.api.exceptions import exception_handler
from shop.core.api.parsers import StrictJSONParser
from shop.core.api.permissions import IsMember, MemberPrincipal
from shop.core.api.renderers import OrjsonRenderer, ProblemRenderer
from shop.core.api.serializers import StrictQuery, validated
from shop.core.api.throttles import charge

READ_METHODS = ("GET", "HEAD")


class ShopView(APIView):
    """One endpoint.

    ``permission_classes``: members only by default; ``[Public]`` opens it (a token that is present must
    still be good). ``query_class`` describes the parameters of GET; any other parameter, and any parameter
    of another method, is refused unless ``any_query`` is true. ``throttle_scopes`` name the rates of
    ``settings.SHOP_THROTTLES`` that every call is counted in, on top of ``general``.
    """

    authentication_classes = [MemberAuthentication]
    permission_classes = [IsMember]
    parser_classes = [StrictJSONParser]
    renderer_classes = [OrjsonRenderer, ProblemRenderer]
    metadata_class = None
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    query_class: ClassVar[type[StrictQuery] | None] = None
    any_query: ClassVar[bool] = False
    throttle_scopes: ClassVar[tuple[str, ...]] = ()

    request: Request
    query: dict[str, Any]

    @property
    def member_id(self) -> int:
        """Return the logged-in member's id; ``NotAuthenticated`` when there is none."""
        principal = self.principal
        if principal is None:
            raise errors.NotAuthenticated()
        return principal.id

    @property
    def principal(self) -> MemberPrincipal | None:
        """Return the logged-in member, or ``None`` on a public endpoint called by nobody."""
        user = self.request.user
        return user if isinstance(user, MemberPrincipal) else None

    @property
    def actor(self) -> Actor:
        """Return the logged-in member as an actor; ``NotAuthenticated`` when there is none."""
        return Actor.member(self.member_id)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, authorise, count the call and read the query, in this order."""
        super().initial(request, *args, **kwargs)
        self.query = self._read_query(request)

    def perform_authentication(self, request: Request) -> None:
        """Authenticate, and let the log know who calls."""
        super().perform_authentication(request)
        if isinstance(request.user, MemberPrincipal):
            structlog.contextvars.bind_contextvars(actor=request.user.actor.key)

    def check_throttles(self, request: Request) -> None:
        """Count the call; raises ``Throttled`` (429)."""
        member = request.user.id if isinstance(request.user, MemberPrincipal) else None
        charge(("general", *self.throttle_scopes), ip=client_ip(request), member_id=member)

    def read_body(self, serializer_class: type[serializers.BaseSerializer[Any]], **kwargs: Any) -> Any:
        """Return the validated body; raises ``InvalidInput`` (400) with field paths."""
        if not kwargs:
            return validated(serializer_class, self.request.data)
        serializer = serializer_class(data=self.request.data, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def handle_exception(self, exc: Exception) -> Any:
        """Answer in problem+json. The framework's own rewriting of 401 to 403 is skipped."""
        response = exception_handler(exc, self.get_exception_handler_context())
        response.exception = True
        return response

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse a method that the endpoint does not have."""
        raise errors.MethodNotAllowed()

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> NoReturn:
        """Refuse a caller whom a permission class turned away."""
        if request.user is None:
            raise errors.NotAuthenticated()
        raise errors.Forbidden(message)

    def get_permissions(self) -> list[Any]:
        """Return the permission checks; a view that empties the list by mistake stays closed."""
        return [permission() for permission in (self.permission_classes or [IsMember])]

    def _serves(self, request: Request) -> bool:
        """Return whether the method exists here; for one that does not, 405 comes before any other remark."""
        method = str(request.method).lower()
        return method in self.http_method_names and hasattr(self, method)

    def _read_query(self, request: Request) -> dict[str, Any]:
        if self.any_query or not self._serves(request):
            return {}
        kind = self.query_class if request.method in READ_METHODS else None
        return dict(validated(kind or StrictQuery, request.query_params))
