"""The environment of a shop: given variables, the sandbox's merchant, kept secrets, defaults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shop.embedded.files import full_path
from shop.embedded.messages import EmbeddedError

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Options:
    """What `make up` can be told by the environment."""

    data: Path
    host: str
    port: int
    sandbox_port: int
    base_url: str
    web_workers: int
    web_threads: int
    worker_processes: int
    admin_user: str

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def local_url(self) -> str:
        """Where the supervisor itself reaches the web server."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "") else self.host  # noqa: S104  a comparison
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}".replace("[::]", "[::1]")


def read_options(environ: Mapping[str, str]) -> Options:
    """Read PORT, SANDBOX_PORT, HOST, DATA and the sizes; EmbeddedError for what is no number."""
    port = _number(environ, "PORT", 8000, highest=65535)
    host = environ.get("HOST") or "127.0.0.1"
    return Options(
        data=full_path(environ.get("DATA") or CHECKOUT / "var"),
        host=host,
        port=port,
        sandbox_port=_number(environ, "SANDBOX_PORT", 8001, highest=65535),
        base_url=(environ.get("SHOP_BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
        web_workers=_number(environ, "WEB_WORKERS", 2, highest=256),
        web_threads=_number(environ, "WEB_THREADS", 12, highest=256),
        worker_processes=_number(environ, "WORKER_PROCESSES", 2, highest=256),
        admin_user=environ.get("SHOP_ADMIN_USER") or "admin",
    )


def read_settings_file(path: Path) -> dict[str, str]:
    """Read lines KEY=VALUE; blank lines and # comments are skipped."""
    pairs = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
    return {
        key.strip(): value.strip() for key, sign, value in pairs if sign and not key.lstrip().startswith("#")
    }


def shop_environment(
    options: Options, *, services: Mapping[str, str], merchant: Mapping[str, str], keys: Mapping[str, str]
) -> dict[str, str]:
    """Return the whole environment of the shop's processes."""
    defaults = {
        "DATA": str(options.data),
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "SHOP_BASE_URL": options.base_url,
        "SHOP_ADMIN_USER": options.admin_user,
        "WECHATPAY_NOTIFY_BASE_URL": options.base_url,
        "SHOP_WEB_THREADS": str(options.web_threads),
        "WEB_THREADS": str(options.web_threads),
        "WEB_WORKERS": str(options.web_workers),
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in os.environ.items() if value or name not in keys}
    hosts = [given.get("SHOP_ALLOWED_HOSTS", ""), *_LOOPBACK]
    if "SHOP_ALLOWED_HOSTS" not in given:
        hosts += [urlsplit(options.base_url).hostname or "", options.host]
    # Our own readiness check knocks on the loopback address.
    allowed = ",".join(dict.fromkeys(host for host in hosts if host and host not in ("0.0.0.0", "::")))  # noqa: S104
    environment = {**defaults, **keys, **merchant, **given, **services}
    return environment | {"SHOP_ALLOWED_HOSTS": allowed}


def _number(environ: Mapping[str, str], name: str, default: int, *, highest: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or not 1 <= int(text) <= highest:
        raise EmbeddedError(
            f"{name}={text} 不是 1 到 {highest} 的整数。",
            f"{name}={text} is not a whole number from 1 to {highest}.",
        )
    return int(text)
