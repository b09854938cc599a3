"""Shoppers over HTTP: log in with WeChat, call the shop, look at what it keeps."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings
from django.test import Client

from members.models import Member, WechatIdentity
from members.queries import openid_hash
from shop.core import clock
from shop.core.auth import open_session
from tests.sandbox_process import SandboxProcess

API = "/api/v1"


@dataclass
class Browser:
    """A mini-program on one phone; ``access`` is what it logged in with."""

    access: str = ""
    client: Client = field(default_factory=Client)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        return self.client.generic(
            method,
            API + path,
            data=b"" if body is None else orjson.dumps(body),
            content_type="application/json",
            headers=headers,
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any = None) -> Any:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)


def log_in(sandbox: SandboxProcess, openid: str, **body: Any) -> Any:
    """POST /auth/wechat with a fresh code of this WeChat user; returns the answer."""
    return Browser().post("/auth/wechat", {"code": sandbox.login_code(openid), **body})


def new_member(openid: str = "", *, appid: str = "", **fields: Any) -> Member:
    """A member who logged in some time ago."""
    now = clock.now()
    member = Member.objects.create(created_at=now, last_seen_at=now, **fields)
    if openid:
        WechatIdentity.objects.create(
            member=member,
            appid=appid or settings.WECHAT_APPID,
            openid=openid,
            openid_hash=openid_hash(openid),
            created_at=now,
        )
    return member


def browser_of(member: Member) -> Browser:
    """The phone of a member who is logged in."""
    return Browser(access=open_session(member_id=member.pk).access)


def address(**changes: Any) -> dict[str, Any]:
    """The body of an ordinary address."""
    return {
        "receiver": "王小明",
        "phone": "13812345678",
        "province": "上海市",
        "city": "上海市",
        "district": "黄浦区",
        "street": "南京东路街道",
        "detail": "人民大道185号3号楼1201室",
        "postcode": "200003",
        **changes,
    }


def problem(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content[:300]
    return answer.status_code, answer.json()["code"]


def fields_of(answer: Any) -> list[tuple[str, str]]:
    """Which fields a refusal names, with their codes."""
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]
