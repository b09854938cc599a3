"""The API describes itself: valid OpenAPI 3.1, no warning, every refusal a problem, all files our own."""

import io
import re
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from shop.core.api.schema import problem_responses


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return dict(yaml.safe_load(out.getvalue()))


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


def test_it_is_openapi_3_1_and_every_path_is_under_v1(schema: dict[str, Any]):
    assert schema["openapi"] == "3.1.0"
    assert schema["paths"]
    assert [path for path in schema["paths"] if not path.startswith("/api/v1/")] == []


def test_every_operation_may_refuse_with_a_problem(schema: dict[str, Any]):
    for path, method, operation in operations(schema):
        if path.startswith("/api/v1/wechat/"):
            continue  # WeChat reads its own form of answer, and only that
        for status in ("4XX", "503"):
            content = operation["responses"][status]["content"]["application/problem+json"]
            assert content == {"schema": {"$ref": "#/components/schemas/Problem"}}, (path, method)


def test_operation_ids_are_unique_and_every_operation_says_what_it_is(schema: dict[str, Any]):
    ids = [operation["operationId"] for _path, _method, operation in operations(schema)]
    assert len(ids) == len(set(ids))
    silent = [
        path
        for path, _method, operation in operations(schema)
        if not (operation.get("description") or operation.get("summary"))
    ]
    assert silent == []


def test_members_only_operations_ask_for_the_bearer_token(schema: dict[str, Any]):
    paths = schema["paths"]
    assert paths["/api/v1/auth/logout"]["post"]["security"] == [{"member": []}]
    assert paths["/api/v1/auth/refresh"]["post"].get("security", [{}]) == [{}]
    assert schema["components"]["securitySchemes"]["member"] == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
    }


def test_the_documentation_page_loads_nothing_from_elsewhere(client: Client):
    page = client.get("/api/docs/").content.decode()
    assert "swagger-ui" in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page) == []


def test_named_refusals_are_problems_like_the_unnamed_ones(schema: dict[str, Any]):
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    named = {
        (operation["operationId"], status): answer["content"]
        for path, _method, operation in operations(schema)
        if not path.startswith("/api/v1/wechat/")
        for status, answer in operation["responses"].items()
        if re.fullmatch("4[0-9][0-9]", status)
    }
    assert {("close_account", "409"), ("place_order", "422"), ("refresh_session", "401")} <= set(named)
    assert {
        key: content for key, content in named.items() if content != {"application/problem+json": problem}
    } == {}


def test_a_refusal_can_be_named_in_words():
    found = problem_responses(409, status_404="No such order.")
    assert {status: answer.description for (status, _type), answer in found.items()} == {
        "409": "Refused: nothing was done.",
        "404": "No such order.",
    }
