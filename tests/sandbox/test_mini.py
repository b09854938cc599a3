"""The mini-program host: login, tokens, phone, codes, links."""

import struct
import zlib

import pytest
import requests


@pytest.fixture
def login(sandbox):
    env = sandbox.env

    def call(code, **override):
        query = {
            "appid": env["WECHAT_APPID"],
            "secret": env["WECHAT_SECRET"],
            "js_code": code,
            "grant_type": "authorization_code",
        } | override
        return requests.get(f"{sandbox.base_url}/sns/jscode2session", params=query, timeout=10).json()

    return call


@pytest.fixture
def stable(sandbox):
    env = sandbox.env

    def call(**override):
        body = {
            "grant_type": "client_credential",
            "appid": env["WECHAT_APPID"],
            "secret": env["WECHAT_SECRET"],
        } | override
        return requests.post(f"{sandbox.base_url}/cgi-bin/stable_token", json=body, timeout=10).json()

    return call


def use(sandbox, token):
    """The errcode that a call with this token gets; 0 when it is accepted."""
    url = f"{sandbox.base_url}/cgi-bin/express/delivery/open_msg/get_delivery_list"
    query = {} if token is None else {"access_token": token}
    return requests.post(url, params=query, json={}, timeout=10).json()["errcode"]


def test_login_code_works_once(sandbox, login):
    user = sandbox.create_user(name="小明")
    code = sandbox.login_code(user["openid"])
    answer = login(code)
    assert (answer["openid"], answer["unionid"]) == (user["openid"], user["unionid"])
    assert answer["session_key"]
    assert "errcode" not in answer
    again = login(code)
    assert again["errcode"] == 40163
    assert " rid: " in again["errmsg"]


def test_login_code_lives_five_minutes(sandbox, login, openid):
    code = sandbox.login_code(openid)
    sandbox.advance(301)
    assert login(code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("override", "errcode"),
    [
        ({"appid": "wx0"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"grant_type": "password"}, 40002),
        ({"js_code": ""}, 41008),
        ({"js_code": "invented"}, 40029),
    ],
)
def test_login_refusals(sandbox, login, openid, override, errcode):
    code = sandbox.login_code(openid)
    assert login(code, **override)["errcode"] == errcode
    assert login(code)["openid"] == openid


def test_risky_user_is_blocked_and_ip_list_is_kept(sandbox, login):
    user = sandbox.create_user(state="risky")
    assert login(sandbox.login_code(user["openid"]))["errcode"] == 40226
    sandbox.settings(ip_allowed=False)
    assert login(sandbox.login_code(user["openid"]))["errcode"] == 40164


def test_phone_code_is_not_a_login_code(sandbox, login, mini):
    user = sandbox.create_user(phone="13800138000")
    code = sandbox.phone_code(user["openid"])
    assert login(code)["errcode"] == 40029
    path = "/wxa/business/getuserphonenumber"
    assert mini(path, {"code": sandbox.login_code(user["openid"])})["errcode"] == 40029
    assert mini(path, {"code": code, "openid": "oSomebodyElse"})["errcode"] == 40029
    info = mini(path, {"code": code})["phone_info"]
    assert (info["purePhoneNumber"], info["countryCode"]) == ("13800138000", "86")
    assert info["watermark"]["appid"] == sandbox.env["WECHAT_APPID"]
    assert mini(path, {"code": code})["errcode"] == 40163


def test_token_errors(sandbox, stable):
    assert use(sandbox, None) == 41001
    assert use(sandbox, "invented") == 40001
    token = stable()["access_token"]
    assert use(sandbox, token) == 0
    sandbox.advance(7201)
    assert use(sandbox, token) == 42001


def test_stable_token_stays_until_five_minutes_before_its_end(sandbox, stable):
    sandbox.advance(7201)
    first = stable()
    assert first["expires_in"] == 7200
    sandbox.advance(6000)
    same = stable()
    assert same["access_token"] == first["access_token"]
    assert 1100 <= same["expires_in"] <= 1200
    sandbox.advance(950)
    second = stable()
    assert second["access_token"] != first["access_token"]
    assert use(sandbox, first["access_token"]) == 0
    sandbox.advance(301)
    assert use(sandbox, first["access_token"]) == 42001
    assert use(sandbox, second["access_token"]) == 0


def test_forced_refresh_kills_the_old_token_and_is_limited(sandbox, stable):
    sandbox.advance(86400)
    old = stable()["access_token"]
    new = stable(force_refresh=True)["access_token"]
    assert (use(sandbox, old), use(sandbox, new)) == (40001, 0)
    assert stable(force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        sandbox.advance(31)
        assert "access_token" in stable(force_refresh=True)
    sandbox.advance(31)
    assert stable(force_refresh=True)["errcode"] == 45009


def test_plain_token_is_a_family_of_its_own(sandbox, stable):
    env = sandbox.env
    query = {"grant_type": "client_credential", "appid": env["WECHAT_APPID"], "secret": env["WECHAT_SECRET"]}
    url = f"{sandbox.base_url}/cgi-bin/token"
    kept = stable()["access_token"]
    first = requests.get(url, params=query, timeout=10).json()["access_token"]
    second = requests.get(url, params=query, timeout=10).json()["access_token"]
    assert [use(sandbox, token) for token in (kept, first, second)] == [0, 40001, 0]


@pytest.mark.parametrize(
    "override", [{"appid": "wx0"}, {"secret": "x"}, {"grant_type": "x"}, {"surprise": 1}]
)
def test_stable_token_refusals(stable, override):
    assert stable(**override)["errcode"] in (40013, 40125, 40002, 47001)


def png_size(content):
    """Width and height; raises unless every chunk's checksum holds and the pixels unpack."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    position, data, size = 8, b"", (0, 0)
    while position < len(content):
        (length,) = struct.unpack(">I", content[position : position + 4])
        kind, body = content[position + 4 : position + 8], content[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack(">I", content[position + 8 + length : position + 12 + length])
        assert checksum == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        if kind == b"IDAT":
            data += body
        position += 12 + length
    assert len(zlib.decompress(data)) == size[1] * (size[0] * 4 + 1)
    return size


def test_mini_program_code_is_a_picture_of_its_scene(mini):
    path = "/wxa/getwxacodeunlimit"
    first = mini(path, {"scene": "p=12&s=ab", "page": "pages/index", "width": 300})
    same = mini(path, {"scene": "p=12&s=ab", "page": "pages/index", "width": 300})
    other = mini(path, {"scene": "p=13", "page": "pages/index", "width": 300, "is_hyaline": True})
    assert first.headers["content-type"] == "image/png"
    assert png_size(first.content) == (300, 300)
    assert first.content == same.content
    assert first.content != other.content
    assert png_size(mini(path, {"scene": "x"}).content) == (430, 430)


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"scene": "x" * 33}, 40169),
        ({"scene": ""}, 40169),
        ({"scene": "50%"}, 40169),
        ({"scene": "中文"}, 40169),
        ({"page": "/pages/index"}, 41030),
        ({"page": "pages/index?a=1"}, 41030),
        ({"page": "pages/unpublished"}, 41030),
        ({"width": 279}, 40097),
        ({"width": 1281}, 40097),
        ({"env_version": "beta"}, 40097),
        ({"line_color": {"r": 300}}, 40097),
        ({"surprise": 1}, 47001),
    ],
)
def test_mini_program_code_refusals(sandbox, mini, change, errcode):
    sandbox.settings(pages=["pages/index"])
    assert (
        mini("/wxa/getwxacodeunlimit", {"scene": "a", "page": "pages/index"} | change)["errcode"] == errcode
    )


def test_unpublished_page_is_fine_without_the_check(sandbox, mini):
    sandbox.settings(pages=["pages/index"])
    answer = mini("/wxa/getwxacodeunlimit", {"scene": "a", "page": "pages/new", "check_path": False})
    assert answer.headers["content-type"] == "image/png"


def test_links_and_schemes(mini):
    link = mini(
        "/wxa/generate_urllink", {"path": "pages/a", "query": "x=1", "expire_type": 1, "expire_interval": 30}
    )
    assert link["url_link"].startswith("https://wxaurl.cn/")
    scheme = mini("/wxa/generatescheme", {"jump_wxa": {"path": "pages/a", "query": "x=1"}})
    assert scheme["openlink"].startswith("weixin://dl/business/?t=")
    assert mini("/wxa/generate_urllink", {"path": "/pages/a"})["errcode"] == 40165
    assert mini("/wxa/generate_urllink", {"expire_type": 1, "expire_interval": 31})["errcode"] == 85402
    assert mini("/wxa/generate_urllink", {"expire_type": 0, "expire_time": 1})["errcode"] == 85401


def test_body_must_be_json(sandbox, stable):
    url = f"{sandbox.base_url}/wxa/msg_sec_check?access_token={stable()['access_token']}"
    assert requests.post(url, data=b"{", timeout=10).json()["errcode"] == 47001
    assert requests.post(url, data=b"[" * 50_000, timeout=10).json()["errcode"] == 47001
