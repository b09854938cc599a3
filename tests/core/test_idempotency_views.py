"""The decorators on API views: headers, bytes, statuses."""

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from shop.core.actors import Actor
from shop.core.errors import Conflict, IdempotencyKeyRequired
from shop.core.idempotency import Claim, idempotent_call, idempotent_transaction
from shop.core.idempotency.views import needs_key
from tests.shopfloor.models import Note

pytestmark = pytest.mark.django_db


class Base(APIView):
    permission_classes = ()
    authentication_classes = ()
    actor = Actor.member(7)

    def handle_exception(self, exc: Exception) -> Response:
        raise exc


class Transactional(Base):
    @idempotent_transaction
    def post(self, request: Request, number: str) -> Response:
        assert isinstance(request.data, dict)
        note = Note.objects.create(subject=number, text=request.data["text"])
        if note.text == "refuse":
            raise Conflict
        if note.text == "bad":
            return Response({"code": "bad"}, status=400)
        if note.text == "empty":
            return Response(status=204)
        return Response({"id": note.pk, "text": note.text}, status=201)


class Calling(Base):
    @idempotent_call
    def post(self, request: Request, number: str, *, claim: Claim) -> Response:
        note = Note.objects.create(subject=number, text=claim.attempt)
        return Response({"id": note.pk}, status=202)


def post(view: type[Base], *, key: str | None = "k", text: str = "a", **options):
    headers = {} if key is None else {"Idempotency-Key": key}
    request = APIRequestFactory().post("/x", {"text": text}, format="json", headers=headers, **options)
    response = view.as_view()(request, number="N1")
    return response.render() if hasattr(response, "render") else response


@pytest.mark.parametrize("view", [Transactional, Calling])
class TestBoth:
    def test_a_replay_is_the_same_bytes_and_says_so(self, view):
        first, second = post(view), post(view)
        assert (second.status_code, second.content) == (first.status_code, first.content)
        assert second.headers["Content-Type"] == first.headers["Content-Type"] == "application/json"
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        assert Note.objects.count() == 1

    def test_without_a_key_nothing_runs(self, view):
        with pytest.raises(IdempotencyKeyRequired):
            post(view, key=None)
        assert Note.objects.count() == 0

    def test_the_schema_can_tell(self, view):
        assert needs_key(view.post)
        assert not needs_key(Base.handle_exception)


class TestTransactional:
    def test_status_and_body_are_the_methods(self):
        response = post(Transactional, text="好")
        note = Note.objects.get()
        assert response.status_code == 201
        assert response.content == f'{{"id":{note.pk},"text":"好"}}'.encode()

    def test_a_refusal_writes_nothing(self):
        with pytest.raises(Conflict):
            post(Transactional, text="refuse")
        assert Note.objects.count() == 0

    def test_a_bad_answer_is_given_but_rolled_back_and_not_stored(self):
        for _ in range(2):
            response = post(Transactional, text="bad")
            assert (response.status_code, response.content) == (400, b'{"code":"bad"}')
            assert "Idempotency-Replayed" not in response.headers
        assert Note.objects.count() == 0

    def test_no_content_stays_no_content(self):
        for replayed in (False, True):
            response = post(Transactional, text="empty")
            assert (response.status_code, response.content) == (204, b"")
            assert "Content-Type" not in response.headers
            assert ("Idempotency-Replayed" in response.headers) is replayed


def test_a_call_gets_its_claim_and_the_url_parameters():
    assert post(Calling).status_code == 202
    note = Note.objects.get()
    assert (note.subject, note.text) == ("N1", "")
