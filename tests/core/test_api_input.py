"""Bad input is told exactly what is wrong with it, and good input is read as what it is."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from django.test import Client, override_settings
from django.utils import translation
from rest_framework import serializers

from shop.core.api import fields
from shop.core.api.serializers import StrictSerializer, validated
from tests.core.api_urls import EchoBody

pytestmark = pytest.mark.urls("tests.core.api_urls")

ECHO = "/api/v1/test/echo"


def send(client: Client, body: Any, content_type: str = "application/json") -> Any:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return client.generic("POST", ECHO, raw, content_type=content_type)


def wrong(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def test_good_input_is_read_and_strings_are_stripped(client: Client):
    answer = send(
        client,
        {
            "title": " 茶 ",
            "amount": 100,
            "flag": False,
            "kind": "pickup",
            "number": "A1",
            "at": "2026-01-02T03:04:05Z",
        },
    )
    assert answer.status_code == 200
    assert answer.json() == {
        "title": "茶",
        "amount": 100,
        "flag": False,
        "kind": "pickup",
        "at": "2026-01-02T11:04:05+08:00",
        "number": "A1",
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"titel": "x"}, [("titel", "unknown_field")]),
        (
            {"items": [{"sku": 1, "quantity": 1}, {"sku": 1, "quantity": 0}]},
            [("items.1.quantity", "min_value")],
        ),
        ({"items": [{"sku": 1, "quantity": 1, "price": 1}]}, [("items.0.price", "unknown_field")]),
        ({"items": [{"sku": 1}]}, [("items.0.quantity", "required")]),
        ({"items": [3]}, [("items.0", "invalid")]),
        ({"items": {"sku": 1}}, [("items", "not_a_list")]),
        ({"item": []}, [("item", "invalid")]),
        ({"item": {"sku": True, "quantity": 1}}, [("item.sku", "invalid")]),
        ({"tags": ["ok", "too long"]}, [("tags.1", "max_length")]),
        ({"tags": ["ok", 5]}, [("tags.1", "invalid")]),
        ({"tags": ["a", "b", "c", "d"]}, [("tags", "max_length")]),
        ({"amount": "5"}, [("amount", "invalid")]),
        ({"amount": 5.0}, [("amount", "invalid")]),
        ({"amount": True}, [("amount", "invalid")]),
        ({"amount": None}, [("amount", "null")]),
        ({"amount": -1}, [("amount", "min_value")]),
        ({"amount": 10**12 + 1}, [("amount", "max_value")]),
        ({"item": {"sku": 2**63, "quantity": 1}}, [("item.sku", "max_value")]),
        ({"item": {"sku": 0, "quantity": 1}}, [("item.sku", "min_value")]),
        ({"flag": "true"}, [("flag", "invalid")]),
        ({"flag": 1}, [("flag", "invalid")]),
        ({"kind": "PICKUP"}, [("kind", "invalid_choice")]),
        ({"kind": 1}, [("kind", "invalid_choice")]),
        ({"kind": {"a": 1}}, [("kind", "invalid_choice")]),
        ({"title": 5}, [("title", "invalid")]),
        ({"title": "12345678901"}, [("title", "max_length")]),
        ({"title": "  "}, [("title", "blank")]),
        ({"number": "lower"}, [("number", "invalid")]),
        ({"number": "A\n"}, [("number", "invalid")]),
        ({"number": 12}, [("number", "invalid")]),
        ({"number": "A" * 33}, [("number", "invalid"), ("number", "max_length")]),
        ({"at": "2026-01-02T03:04:05"}, [("at", "offset")]),
        ({"at": 5}, [("at", "invalid")]),
        ({"at": "9999-12-31T23:59:59-23:59"}, [("at", "overflow")]),
        ({"at": "2026-13-02T03:04:05Z"}, [("at", "invalid")]),
        ({"title": "a\x00b"}, [("title", "null_characters_not_allowed")]),
        ({"items": [{"sku": "\x00"}]}, [("items.0.sku", "null_characters_not_allowed")]),
        ({"a\x00": 1}, [("", "null_characters_not_allowed")]),
        ([], [("", "invalid")]),
        ("text", [("", "invalid")]),
        (None, [("", "null")]),
    ],
)
def test_each_wrong_field_is_named_by_its_dotted_path(
    client: Client, body: Any, expected: list[tuple[str, str]]
):
    assert sorted(wrong(send(client, body))) == sorted(expected)


def test_a_refusal_speaks_the_language_of_its_own_request():
    def refusal(language: str) -> str:
        with translation.override(language), pytest.raises(serializers.ValidationError) as refused:
            validated(EchoBody, {"amount": -1})
        return str(refused.value.detail["amount"][0])  # type: ignore[call-overload,index]

    assert refusal("en") == "Ensure this value is greater than or equal to 0."
    assert refusal("zh-hans") != refusal("en") == "Ensure this value is greater than or equal to 0."
    assert validated(EchoBody, {"amount": 5}) == {"amount": 5}


def test_an_unknown_field_is_reported_beside_the_other_errors(client: Client):
    assert wrong(send(client, {"amount": "5", "other": 1})) == [
        ("amount", "invalid"),
        ("other", "unknown_field"),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"",
        b"{'a': 1}",
        b'{"amount": NaN}',
        b'{"amount": Infinity}',
        b'{"title": "\xff\xfe"}',
        b'{"title": "\\ud800"}',
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * 33 + b"]" * 33,
        b'{"a":' * 33 + b"1" + b"}" * 33,
    ],
)
def test_what_is_no_json_or_too_deep_is_malformed(client: Client, raw: bytes):
    answer = send(client, raw)
    if raw:
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    else:
        assert (answer.status_code, answer.json()) == (200, {})


def test_thirty_two_levels_are_read(client: Client):
    assert wrong(send(client, b"[" * 32 + b"]" * 32)) == [("", "invalid")]


def test_an_integer_beyond_64_bits_is_refused_and_not_rounded(client: Client):
    assert wrong(send(client, b'{"amount": 18446744073709551617}')) == [("amount", "invalid")]


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1024)
def test_a_body_above_the_limit_is_413(client: Client):
    answer = send(client, {"title": "x" * 2000})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_another_content_type_is_415(client: Client):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        answer = send(client, b"a=1", content_type)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_query_parameters_are_typed(client: Client):
    answer = client.get(f"{ECHO}?limit=7&in_stock=true&q=茶&tag=a&tag=b")
    assert answer.json() == {"limit": 7, "in_stock": True, "q": "茶", "tag": ["a", "b"]}
    assert client.get(ECHO).json() == {}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", [("limit", "min_value")]),
        ("limit=1e3", [("limit", "invalid")]),
        ("limit=١", [("limit", "invalid")]),
        ("limit=", [("limit", "invalid")]),
        ("limit=1&limit=2", [("limit", "repeated")]),
        ("limit=99999999999999999999", [("limit", "invalid")]),
        ("in_stock=1", [("in_stock", "invalid")]),
        ("q=%00", [("q", "null_characters_not_allowed")]),
        ("page=2", [("page", "unknown_field")]),
        ("format=json", [("format", "unknown_field")]),
        ("tag=toolong", [("tag.0", "max_length")]),
    ],
)
def test_wrong_query_parameters_are_named(client: Client, query: str, expected: list[tuple[str, str]]):
    assert wrong(client.get(f"{ECHO}?{query}")) == expected


def test_parameters_on_a_call_that_has_none_are_refused(client: Client):
    answer = client.generic("POST", f"{ECHO}?limit=7", b"{}", content_type="application/json")
    assert wrong(answer) == [("limit", "unknown_field")]


def test_a_view_may_take_any_query(client: Client):
    assert client.get("/api/v1/test/any-query?signature=x&echostr=y").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("things/1", 200),
        ("things/9223372036854775807", 200),
        ("things/9223372036854775808", 404),
        ("things/0", 404),
        ("things/-1", 404),
        ("things/01", 404),
        ("things/%D9%A1", 404),
        ("things/%00", 404),
        ("orders/A1", 200),
        ("orders/" + "Z" * 32, 200),
        ("orders/" + "Z" * 33, 404),
        ("orders/a1", 404),
        ("orders/A%0A", 404),
    ],
)
def test_ids_and_numbers_in_paths_are_bounded(client: Client, path: str, status: int):
    answer = client.get(f"/api/v1/test/{path}")
    assert answer.status_code == status
    if status == 404:
        assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("field", "strict"),
    [
        (serializers.IntegerField(), "IntegerField"),
        (serializers.CharField(), "CharField"),
        (serializers.BooleanField(), "BooleanField"),
        (serializers.DateTimeField(), "InstantField"),
        (serializers.ListField(child=serializers.IntegerField()), "IntegerField"),
    ],
)
def test_a_strict_serializer_with_a_forgiving_field_does_not_load(field: Any, strict: str):
    with pytest.raises(TypeError, match=strict):
        type("Loose", (StrictSerializer,), {"field": field})


def test_read_only_fields_may_be_the_frameworks_own_and_are_not_accepted():
    body = type("Body", (StrictSerializer,), {"made": serializers.IntegerField(read_only=True)})
    found = body(data={"made": 1})
    assert not found.is_valid()
    assert found.errors["made"][0].code == "unknown_field"


def test_an_instant_keeps_its_moment():
    field = fields.InstantField()
    assert field.run_validation("2026-01-02T11:04:05+08:00") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
