"""What anybody may read: regions, scenes, agreements. A token in the header is ignored."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members import regions
from members.api.serializers import AgreementBody, RegionsBody, SceneBody
from members.queries import published_agreement, scene_named
from shop.core.api.permissions import Public
from shop.core.api.views import ShopView

DAY = "public, max-age=86400"


class PublicView(ShopView):
    """The same answer for everybody."""

    authentication_classes = []
    permission_classes = [Public]


class RegionsView(PublicView):
    """Provinces, cities and districts."""

    @extend_schema(operation_id="list_regions", responses={200: RegionsBody}, tags=["addresses"])
    def get(self, request: Request) -> HttpResponseBase:
        """Return the tree that addresses are chosen from; it changes only with a new release."""
        body, etag = regions.document()
        answer = HttpResponse(
            body, content_type="application/json", headers={"ETag": etag, "Cache-Control": DAY}
        )
        found = get_conditional_response(request._request, etag=etag, response=answer)
        return answer if found is None else found


class SceneView(PublicView):
    """What a mini-program code stands for."""

    @extend_schema(operation_id="resolve_scene", responses={200: SceneBody}, tags=["session"])
    def get(self, request: Request, name: str) -> Response:
        """Resolve the scene of a mini-program code to the page it opens and that page's parameters."""
        scene = scene_named(name)
        return Response({"page": scene.page, "query": scene.query})


class AgreementView(PublicView):
    """One version of one document."""

    @extend_schema(operation_id="get_agreement", responses={200: AgreementBody}, tags=["session"])
    def get(self, request: Request, document: str, version: str) -> Response:
        """Return the text of a published version; it never changes."""
        found = published_agreement(document=document, version=version)
        answer = {
            "document": found.document,
            "version": found.version,
            "title": found.title,
            "body": found.body,
            "published_at": found.published_at,
        }
        return Response(answer, headers={"Cache-Control": DAY})
