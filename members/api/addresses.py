"""The member's address book."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.serializers import AddressAnswer, AddressBody, address_body
from members.api.session import NO_STORE
from members.queries import address_of, addresses_of
from members.services.addresses import create_address, delete_address, update_address
from shop.core.api.pagination import CursorQuery, page_of, paginate
from shop.core.api.views import ShopView

ORDER = ("-is_default", "-id")


class AddressesView(ShopView):
    """The address book as a whole."""

    query_class = CursorQuery
    throttle_scopes = ("write",)

    @extend_schema(
        operation_id="list_addresses",
        parameters=[CursorQuery],
        responses={200: page_of(AddressAnswer, name="AddressPage")},
        tags=["addresses"],
    )
    def get(self, request: Request) -> Response:
        """List the addresses, the default one first."""
        page = paginate(addresses_of(self.member_id), request=request, query=self.query, order=ORDER)
        return Response(page.body([address_body(address) for address in page.rows]), headers=NO_STORE)

    @extend_schema(
        operation_id="create_address",
        request=AddressBody,
        responses={201: AddressAnswer},
        tags=["addresses"],
    )
    def post(self, request: Request) -> Response:
        """Add an address; the first one becomes the default."""
        fields, is_default = _split(self.read_body(AddressBody))
        address = create_address(member_id=self.member_id, fields=fields, is_default=bool(is_default))
        return Response(address_body(address), status=201, headers=NO_STORE)


class AddressView(ShopView):
    """One address. Another member's is not found."""

    throttle_scopes = ("write",)

    @extend_schema(operation_id="get_address", responses={200: AddressAnswer}, tags=["addresses"])
    def get(self, request: Request, address_id: int) -> Response:
        """Show one address."""
        address = address_of(member_id=self.member_id, address_id=address_id)
        return Response(address_body(address), headers=NO_STORE)

    @extend_schema(
        operation_id="replace_address",
        request=AddressBody,
        responses={200: AddressAnswer},
        tags=["addresses"],
    )
    def put(self, request: Request, address_id: int) -> Response:
        """Replace an address; without `is_default` its place stays as it is."""
        return self._update(address_id, partial=False)

    @extend_schema(
        operation_id="update_address", request=AddressBody, responses={200: AddressAnswer}, tags=["addresses"]
    )
    def patch(self, request: Request, address_id: int) -> Response:
        """Change the fields that are given."""
        return self._update(address_id, partial=True)

    @extend_schema(operation_id="delete_address", responses={204: None}, tags=["addresses"])
    def delete(self, request: Request, address_id: int) -> Response:
        """Delete an address; if it was the default, the latest other one becomes it."""
        delete_address(member_id=self.member_id, address_id=address_id)
        return Response(status=204)

    def _update(self, address_id: int, *, partial: bool) -> Response:
        # Another's address is not found whatever the body says.
        address_of(member_id=self.member_id, address_id=address_id)
        fields, is_default = _split(self.read_body(AddressBody, partial=partial))
        address = update_address(
            member_id=self.member_id, address_id=address_id, fields=fields, is_default=is_default
        )
        return Response(address_body(address), headers=NO_STORE)


def _split(body: dict[str, Any]) -> tuple[dict[str, Any], bool | None]:
    """Return the address itself, and whether it is to be the default (``None``: not said)."""
    fields = dict(body)
    return fields, fields.pop("is_default", None)
