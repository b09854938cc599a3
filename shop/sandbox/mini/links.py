"""Mini-program codes, URL links and schemes."""

import json
import re
from typing import Any

from shop.sandbox import ids
from shop.sandbox.box import Box
from shop.sandbox.errors import MiniError
from shop.sandbox.mini import images
from shop.sandbox.mini.calls import MiniCall, Picture
from shop.sandbox.schema import AnyObject, Flag, Number, Text, shape

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
MAX_LINK_DAYS = 30
_VERSIONS = ("release", "trial", "develop")

CODE = shape(
    scene=Text(required=True, low=0, high=1000),
    page=Text(high=1000),
    check_path=Flag(),
    env_version=Text(choices=_VERSIONS),
    width=Number(low=-(2**31)),
    auto_color=Flag(),
    line_color=AnyObject(),
    is_hyaline=Flag(),
)
_EXPIRY = {
    "is_expire": Flag(),
    "expire_type": Number(choices=(0, 1)),
    "expire_time": Number(),
    "expire_interval": Number(),
}
LINK = shape(
    path=Text(low=0, high=1024), query=Text(low=0, high=1024), env_version=Text(choices=_VERSIONS), **_EXPIRY
)
SCHEME = shape(
    jump_wxa=shape(
        path=Text(low=0, high=1024), query=Text(low=0, high=1024), env_version=Text(choices=_VERSIONS)
    ),
    **_EXPIRY,
)


def code_unlimited(box: Box, call: MiniCall) -> Picture:
    """getwxacodeunlimit: the picture, or a JSON error."""
    body = call.body
    if not SCENE.fullmatch(body["scene"]):
        raise MiniError(40169, "invalid length for scene, or the data is not json string")
    page = body.get("page", "")
    if page.startswith("/") or "?" in page:
        raise MiniError(41030, "invalid page")
    if page and body.get("check_path", True):
        check_page(box, page)
    width = body.get("width", 430)
    if not 280 <= width <= 1280:
        raise MiniError(40097, "invalid args: width must be 280..1280")
    colour = _colour(body.get("line_color") or {})
    picture = images.code_png(
        body["scene"], width=width, transparent=body.get("is_hyaline", False), colour=colour
    )
    return Picture(picture, "image/png")


def _colour(given: dict[str, Any]) -> tuple[int, int, int]:
    values = [given.get(name, 0) for name in ("r", "g", "b")]
    if any(isinstance(v, bool) or not str(v).isdigit() or int(v) > 255 for v in values):
        raise MiniError(40097, "invalid args: line_color")
    red, green, blue = (int(value) for value in values)
    return red, green, blue


def check_page(box: Box, page: str) -> None:
    """41030 when the console of this mini program knows its pages and this is none of them."""
    pages = box.setting("pages")
    if pages and page.partition("?")[0] not in pages:
        raise MiniError(41030, "invalid page")


def url_link(box: Box, call: MiniCall) -> dict[str, Any]:
    token = _link(box, "urllink", call.body.get("path", ""), call.body)
    return {"errcode": 0, "errmsg": "ok", "url_link": f"https://wxaurl.cn/{token}"}


def scheme(box: Box, call: MiniCall) -> dict[str, Any]:
    path = (call.body.get("jump_wxa") or {}).get("path", "")
    token = _link(box, "scheme", path, call.body)
    return {"errcode": 0, "errmsg": "ok", "openlink": f"weixin://dl/business/?t={token}"}


def _link(box: Box, kind: str, path: str, body: dict[str, Any]) -> str:
    if path.startswith("/") or "?" in path:
        raise MiniError(40165, "invalid weapp pagepath")
    if path:
        check_page(box, path)
    kind_of_expiry = body.get("expire_type", 0)
    if kind_of_expiry == 1 and not 1 <= body.get("expire_interval", 0) <= MAX_LINK_DAYS:
        raise MiniError(85402, "time_limit: expire_interval must be 1..30 days")
    if kind_of_expiry == 0 and "expire_time" in body:
        ahead = body["expire_time"] - box.now()
        if not 60 <= ahead <= MAX_LINK_DAYS * 86400:
            raise MiniError(85401, "time_limit: expire_time must be 1 minute to 30 days ahead")
    token = ids.letters(12)
    box.store.insert("links", token=token, kind=kind, at=box.now(), body=json.dumps(body))
    return token
