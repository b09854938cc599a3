"""Every service of docker-compose.yml, started here with its real command until its health check is green.

PostgreSQL and Valkey are the embedded binaries. pgbouncer and Caddy run too where they are installed; where
they are not, the web speaks to PostgreSQL directly and `test_compose` reads their configuration as text.
"""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

import pytest
import redis

from shop.embedded.ports import wait_until
from shop.embedded.process import step_down, user_namespaces_work
from tests.production.compose import load_compose, read_env_file
from tests.production.machine import Machine
from tests.production.shops import ROOT

pytestmark = [pytest.mark.lasts(80), pytest.mark.timeout(600)]
DOMAIN = "shop.example.com"
SHOP_SERVICES = ("web", "worker-critical", "worker-default", "worker-bulk", "beat", "sandbox")
# pgbouncer refuses root; root becomes nobody in a user namespace where the kernel allows that.
HAS_PGBOUNCER = shutil.which("pgbouncer") is not None and (os.geteuid() != 0 or user_namespaces_work())
HAS_CADDY = shutil.which("caddy") is not None


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """PostgreSQL, Redis and (if installed) pgbouncer run, and `migrate` ended well."""
    directory = tmp_path_factory.mktemp("compose")
    subprocess.run(
        [str(ROOT / "bin/new-env"), DOMAIN, str(directory / ".env")], check=True, capture_output=True
    )
    variables = read_env_file(directory / ".env") | {"SHOP_TLS": "internal"}
    machine = Machine(load_compose(variables), directory)
    try:
        machine.start_postgres()
        machine.await_health("postgres", seconds=60)
        machine.start("redis")
        if HAS_PGBOUNCER:
            machine.start("pgbouncer", run_as=step_down(machine.place("pgbouncer", "/run/pgbouncer")))
            machine.await_health("pgbouncer", seconds=60)
        else:
            machine.ports["6432"] = machine.ports["5432"]
        done = machine.run("migrate")
        assert done.returncode == 0, done.stdout + done.stderr
        collected = machine.run("migrate", argv=("python", "manage.py", "collectstatic", "--noinput", "-v0"))
        assert collected.returncode == 0, collected.stderr
        yield machine
    finally:
        machine.stop()


@pytest.fixture(scope="module")
def shop(machine: Machine) -> Machine:
    """Every process of the shop runs and is healthy by its own check."""
    for service in SHOP_SERVICES:
        machine.start(service)
    for service in SHOP_SERVICES:
        machine.await_health(service, seconds=240)
    return machine


def get(port: int, path: str, headers: Mapping[str, str] = MappingProxyType({})) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=dict(headers))
    response = connection.getresponse()
    return response.status, response.read()


class LeanEntrance(BaseHTTPRequestHandler):
    """Stands where a server of the claim routes alone would stand."""

    def do_GET(self) -> None:
        self.send_response(202)
        self.send_header("X-Entrance", "lean")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture(scope="module")
def entrance() -> Iterator[int]:
    """Return the port of a lean entrance."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), LeanEntrance)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_redis_keeps_everything_and_asks_for_the_password(machine: Machine) -> None:
    password = machine.compose["services"]["redis"]["environment"]["REDIS_PASSWORD"]
    client = redis.Redis(port=machine.port(6379), password=password)
    assert wait_until(lambda: _answers(client), seconds=30)

    config = client.config_get("append*", "maxmemory*")

    assert config["appendonly"] == "yes"
    assert config["appendfsync"] == "everysec"
    assert config["maxmemory-policy"] == "noeviction"
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=machine.port(6379)).ping()
    if shutil.which("valkey-cli"):
        machine.await_health("redis", seconds=10)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_all_services_become_healthy_and_the_shop_is_ready(shop: Machine) -> None:
    def is_ready() -> bool:
        status, body = get(shop.port(8000), "/readyz")
        return status == 200 and json.loads(body)["status"] == "ok"

    assert wait_until(is_ready, seconds=180), get(shop.port(8000), "/readyz")


def test_prometheus_reads_the_figures_from_another_machine_with_the_token_and_only_so(shop: Machine) -> None:
    environment = shop.compose["services"]["web"]["environment"]

    def scrape(token: str) -> tuple[int, bytes]:
        elsewhere = {"X-Forwarded-For": "10.0.0.9", "Authorization": f"Bearer {token}"}
        return get(shop.port(8000), "/metrics", elsewhere)

    status, figures = scrape(environment["SHOP_METRICS_TOKEN"])
    assert status == 200
    assert b"shop_outbox_events" in figures
    assert scrape("guessed")[0] == scrape("")[0] == 403


def test_a_check_is_red_when_its_process_is_gone(shop: Machine) -> None:
    shop.processes["sandbox"].stop()

    assert shop.health("sandbox").returncode == 1

    shop.start("sandbox")
    shop.await_health("sandbox", seconds=60)


def test_the_backup_service_makes_a_backup(shop: Machine) -> None:
    done = shop.run("backup")

    assert done.returncode == 0, done.stderr
    backup = Path(done.stdout.splitlines()[-1])
    assert json.loads((backup / "manifest.json").read_text())["rows"]["django_migrations"] > 0


@pytest.mark.skipif(not HAS_CADDY, reason="caddy is not installed: its configuration is read as text instead")
def test_the_proxy_is_healthy_and_routes(shop: Machine, entrance: int) -> None:
    picture = shop.directory / "shared/data/media/a.svg"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text("<svg/>")
    machine_environment = shop.compose["services"]["proxy"]["environment"]
    machine_environment["SHOP_CLAIMS_UPSTREAM"] = f"127.0.0.1:{entrance}"
    static = next(path for path in (shop.directory / "static").rglob("*.css"))
    shop.start("proxy")
    shop.await_health("proxy", seconds=60)

    assert wait_until(lambda: _through_proxy(shop, "/healthz")[0] == 200, seconds=30)
    assert _through_proxy(shop, "/metrics")[0] == 404
    assert _through_proxy(shop, "/api/v1/no-such-thing")[1]["Content-Type"] == "application/problem+json"
    status, headers = _through_proxy(shop, "/media/a.svg")
    assert status == 200
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    status, headers = _through_proxy(shop, f"/static/{static.relative_to(shop.directory / 'static')}")
    assert status == 200
    assert "immutable" in headers["Cache-Control"]
    assert _through_proxy(shop, "/admin/login/")[0] == 200
    for claims in ("/api/v1/flash-sales/items/7/claims", "/api/v1/flash-sales/claims/TICKET"):
        assert _through_proxy(shop, claims)[1]["X-Entrance"] == "lean"
    for other in (
        "/api/v1/flash-sales",
        "/api/v1/flash-sales/items/7",
        "/api/v1/flash-sales/items/7/8/claims",
    ):
        assert "X-Entrance" not in _through_proxy(shop, other)[1]


def _through_proxy(machine: Machine, path: str) -> tuple[int, http.client.HTTPMessage]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        raw = socket.create_connection(("127.0.0.1", machine.port(8443)), timeout=10)
        connection = http.client.HTTPConnection(DOMAIN)
        connection.sock = context.wrap_socket(raw, server_hostname=DOMAIN)
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.headers
    except OSError:
        return 0, http.client.HTTPMessage()


def test_everything_stops_cleanly_when_asked(shop: Machine) -> None:
    codes = shop.stop()

    assert {name: code for name, code in codes.items() if code != 0} == {}
