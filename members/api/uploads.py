"""Uploading a picture."""

from collections.abc import Mapping
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.queries.images import image_url
from catalog.rules.pictures import MAX_PICTURE_BYTES
from members.services.uploads import store_upload
from shop.core.api.schema import problem_responses
from shop.core.api.serializers import StrictSerializer
from shop.core.api.views import ShopView
from shop.core.errors import FieldError, InvalidInput, MalformedRequest, PayloadTooLarge

FIELD = "file"
_FORM_BYTES = 64 * 1024
"""What a form may add around the picture: boundaries, headers."""


class PictureParser(MultiPartParser):
    """Multipart forms no larger than one picture; a larger one is refused before it is read."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the form; raises ``PayloadTooLarge`` (413) or ``MalformedRequest`` (400)."""
        meta = (parser_context or {})["request"].META
        try:
            length = int(meta.get("CONTENT_LENGTH") or 0)
        except ValueError as error:
            raise MalformedRequest() from error
        if length > MAX_PICTURE_BYTES + _FORM_BYTES:
            raise PayloadTooLarge()
        return super().parse(stream, media_type, dict(parser_context or {}))


@extend_schema_field({"type": "string", "format": "binary", "minLength": 1})
class PictureField(serializers.FileField):
    """A file with something in it: clients are told so by the schema."""


class UploadBody(StrictSerializer):
    """A form with one picture: JPEG, PNG, WebP or GIF, at most 10 MB and 40 million pixels."""

    file = PictureField()


class UploadAnswer(StrictSerializer):
    """``url`` is what other calls take, such as `avatar` of the profile."""

    url = serializers.CharField(read_only=True)


class UploadsView(ShopView):
    """Pictures of members."""

    parser_classes = [PictureParser]
    throttle_scopes = ("write", "upload")

    @extend_schema(
        operation_id="upload_picture",
        request={"multipart/form-data": UploadBody},
        responses={201: UploadAnswer, **problem_responses(400, 413)},
        tags=["member"],
    )
    def post(self, request: Request) -> Response:
        """Upload a picture. What it is, is told by its content; place and camera are removed from it.

        A picture that no other call uses within a day is deleted.
        """
        upload = store_upload(member_id=self.member_id, content=_picture(request))
        return Response({"url": image_url(upload.file.name)}, status=201)


def _picture(request: Request) -> bytes:
    fields, files = list(request.POST), request.FILES
    unknown = [name for name in (*fields, *files) if name != FIELD]
    if unknown:
        errors = [
            FieldError(name[:100], "unknown_field", _("This field is not known here.")) for name in unknown
        ]
        raise InvalidInput(errors=errors)
    given = files.getlist(FIELD)
    if len(given) != 1 or not isinstance(given[0], UploadedFile):
        code = "repeated" if len(given) > 1 else "required"
        raise InvalidInput(errors=[FieldError(FIELD, code, _("Send one picture as a file."))])
    content: bytes = given[0].read(MAX_PICTURE_BYTES + 1)
    return content
