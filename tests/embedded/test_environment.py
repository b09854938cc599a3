"""What the processes of a shop are told: given settings win, secrets are made once."""

import base64
from pathlib import Path

import pytest

from shop.embedded.environment import read_options, read_settings_file, shop_environment
from shop.embedded.files import read_json, rotate, tail
from shop.embedded.keys import console_password, load_keys
from shop.embedded.messages import EmbeddedError

EVERYWHERE = "0.0.0.0"  # noqa: S104
SERVICES = {"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://y"}
MERCHANT = {"WECHAT_APPID": "wxsandbox", "WECHAT_API_BASE_URL": "http://127.0.0.1:8001"}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WECHAT_APPID", "SHOP_SECRET_KEY", "SHOP_BASE_URL", "SHOP_ALLOWED_HOSTS", "DATA"):
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    options = read_options({})
    assert (options.host, options.port, options.sandbox_port) == ("127.0.0.1", 8000, 8001)
    assert options.data.name == "var"
    assert options.base_url == "http://127.0.0.1:8000"
    assert options.sandbox_url == "http://127.0.0.1:8001"
    assert options.admin_user == "admin"


def test_given_settings() -> None:
    given = {
        "PORT": "8123",
        "SANDBOX_PORT": "8124",
        "DATA": "/some/dir",
        "HOST": EVERYWHERE,
        "WEB_THREADS": "7",
    }
    options = read_options({**given, "SHOP_BASE_URL": "https://shop.example/"})
    assert (options.port, options.sandbox_port, options.data) == (8123, 8124, Path("/some/dir"))
    assert options.base_url == "https://shop.example"
    assert options.local_url == "http://127.0.0.1:8123"
    assert options.web_threads == 7


@pytest.mark.parametrize(
    ("host", "url"),
    [("::", "http://[::1]:8000"), ("::1", "http://[::1]:8000"), ("10.0.0.5", "http://10.0.0.5:8000")],
)
def test_where_the_supervisor_reaches_the_web_server(host: str, url: str) -> None:
    assert read_options({"HOST": host}).local_url == url


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", "8.5"])
def test_a_port_that_is_none(text: str) -> None:
    with pytest.raises(EmbeddedError, match="PORT="):
        read_options({"PORT": text})


def test_given_variables_win_over_the_sandbox_and_over_kept_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = read_options({"DATA": str(tmp_path), "PORT": "8123"})
    monkeypatch.setenv("WECHAT_APPID", "wxreal")
    monkeypatch.setenv("SHOP_SECRET_KEY", "")  # an empty secret is none
    environment = shop_environment(
        options, services=SERVICES, merchant=MERCHANT, keys={"SHOP_SECRET_KEY": "kept"}
    )
    assert environment["WECHAT_APPID"] == "wxreal"
    assert environment["WECHAT_API_BASE_URL"] == "http://127.0.0.1:8001"
    assert environment["SHOP_SECRET_KEY"] == "kept"
    assert environment["DATABASE_URL"] == "postgresql://x"
    assert environment["DATA"] == str(tmp_path)
    assert environment["SHOP_BASE_URL"] == "http://127.0.0.1:8123"
    assert environment["WECHATPAY_NOTIFY_BASE_URL"] == "http://127.0.0.1:8123"


@pytest.mark.parametrize(
    ("given", "options", "hosts"),
    [
        (None, {}, "127.0.0.1,localhost,[::1]"),
        (None, {"SHOP_BASE_URL": "https://shop.example:8443"}, "127.0.0.1,localhost,[::1],shop.example"),
        (None, {"HOST": "10.0.0.5"}, "127.0.0.1,localhost,[::1],10.0.0.5"),
        (None, {"HOST": EVERYWHERE}, "127.0.0.1,localhost,[::1]"),
        ("shop.example", {}, "shop.example,127.0.0.1,localhost,[::1]"),
    ],
)
def test_allowed_hosts(
    given: str | None, options: dict[str, str], hosts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given is not None:
        monkeypatch.setenv("SHOP_ALLOWED_HOSTS", given)
    environment = shop_environment(read_options(options), services=SERVICES, merchant={}, keys={})
    assert environment["SHOP_ALLOWED_HOSTS"] == hosts


def test_settings_file(tmp_path: Path) -> None:
    path = tmp_path / "merchant.env"
    path.write_text(
        "# made by the sandbox\n\nWECHAT_APPID=wx1\nWECHAT_SECRET=a=b==\nWECHATPAY_KEY_FILE=/a b/店.pem\n"
    )
    assert read_settings_file(path) == {
        "WECHAT_APPID": "wx1",
        "WECHAT_SECRET": "a=b==",
        "WECHATPAY_KEY_FILE": "/a b/店.pem",
    }


def test_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    assert load_keys(tmp_path) == keys
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    kid, _, encoded = keys["SHOP_ENCRYPTION_KEYS"].partition(":")
    assert kid == "k1"
    assert len(base64.b64decode(encoded, validate=True)) == 32
    assert len(keys["SHOP_SECRET_KEY"]) >= 50
    assert len(set(keys.values())) == 3


def test_keys_that_a_later_version_needs_are_added_to_the_old_ones(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    path = tmp_path / "secrets.json"
    path.write_text(path.read_text().replace("SHOP_HASH_KEY", "SOMETHING_OLD"))
    again = load_keys(tmp_path)
    assert again["SHOP_SECRET_KEY"] == keys["SHOP_SECRET_KEY"]
    assert again["SHOP_HASH_KEY"] != keys["SHOP_HASH_KEY"]


def test_a_generated_console_password_is_shown_at_every_start(tmp_path: Path) -> None:
    password, generated = console_password(tmp_path, {})
    assert generated
    assert len(password) >= 16
    assert console_password(tmp_path, {}) == (password, True)


def test_a_given_console_password_is_never_written_down(tmp_path: Path) -> None:
    assert console_password(tmp_path, {"SHOP_ADMIN_PASSWORD": "mine"}) == ("mine", False)
    assert read_json(tmp_path / "secrets.json") == {"SHOP_ADMIN_PASSWORD": ""}
    # A later start without it cannot print it, and must not invent another
    assert console_password(tmp_path, {}) == ("", False)


def test_logs_that_have_grown_are_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab") as writer:
        for number in range(1, 6):
            writer.write(f"round {number}\n".encode() * 10)
            writer.flush()
            rotate(log, limit=50, keep=3)
        writer.write(b"after\n")
        writer.flush()
    assert log.read_bytes() == b"after\n"
    kept = {path.name: path.read_text().split("\n")[0] for path in tmp_path.glob("web.log.*")}
    assert kept == {"web.log.1": "round 5", "web.log.2": "round 4", "web.log.3": "round 3"}


def test_small_logs_stay(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("one\ntwo\nthree\n")
    rotate(log, limit=50, keep=3)
    rotate(tmp_path / "absent.log", limit=50, keep=3)
    assert [path.name for path in tmp_path.iterdir()] == ["web.log"]
    assert tail(log, 2) == "two\nthree"
    assert tail(tmp_path / "absent.log", 2) == ""
