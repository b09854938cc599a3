"""What docker-compose.yml and the Dockerfile promise, read from the files; test_compose_runs starts them."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.production.compose import COMPOSE, MissingVariable, image_environment, load_compose, read_env_file
from tests.production.shops import ROOT

VARIABLES = {
    "SHOP_DOMAIN": "shop.example.com",
    "POSTGRES_PASSWORD": "of-postgres",
    "REDIS_PASSWORD": "of-redis",
}
SERVICES: dict[str, dict[str, Any]] = load_compose(VARIABLES)["services"]
ONE_SHOT = {"migrate", "backup"}
OF_THE_SHOP = {"web", "worker-critical", "worker-default", "worker-bulk", "beat", "migrate", "backup"}
# Set by the image, or with a default that fits a container.
NOT_IN_COMPOSE = {
    *(
        "DATA",
        "SHOP_STATIC_ROOT",
        "SHOP_MEDIA_ROOT",
        "SHOP_DEBUG",
        "SHOP_DB_CONN_MAX_AGE",
        "CELERY_BROKER_URL",
    ),
    *("SHOP_SECRET_KEY_FALLBACKS_FILE", "SENTRY_DSN_FILE", "WECHATPAY_PLATFORM_CERTS"),
}


def settings_variables() -> set[str]:
    """Return every environment variable that shop/settings.py reads."""
    source = (ROOT / "shop/settings.py").read_text(encoding="utf-8")
    plain = set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', source))
    secrets = set(re.findall(r'(?<!def )secret\(\s*"([A-Z0-9_]+)"', source))
    return plain | secrets | {f"{name}_FILE" for name in secrets}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_restarts_or_runs_to_its_end_and_is_watched(name: str) -> None:
    service = SERVICES[name]

    if name in ONE_SHOT:
        assert service["restart"] == "no"
        assert service["healthcheck"] == {"disable": True}
    else:
        assert service["restart"] == "unless-stopped"
        assert set(service["healthcheck"]) == {"test", "interval", "timeout", "start_period", "retries"}
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_has_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]

    uid, gid = service["user"].split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "pid", "network_mode", "devices"}


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert {
        name: service["networks"] for name, service in SERVICES.items() if "front" in service["networks"]
    } == {
        "proxy": ["front"],
        "web": ["front", "inside", "outside"],
    }
    assert load_compose(VARIABLES)["networks"]["inside"] == {"internal": True}
    assert all(SERVICES[name]["networks"] == ["inside"] for name in ("postgres", "redis", "pgbouncer"))


def test_images_are_pinned_to_a_version() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    images = [service["image"] for service in SERVICES.values()]
    images += re.findall(r"^ARG \w+_IMAGE=(\S+)$", dockerfile, re.MULTILINE)

    assert len(images) == len(SERVICES) + 3
    for image in images:
        assert re.fullmatch(r"[a-z0-9./-]+:v?\d+\.\d+[.\w-]*", image), image


def test_volumes_and_networks_are_declared() -> None:
    compose = load_compose(VARIABLES)
    named = {
        volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])
    }

    assert {name for name in named if not name.startswith((".", "/"))} == set(compose["volumes"])
    assert {network for service in SERVICES.values() for network in service["networks"]} == set(
        compose["networks"]
    )


def test_dependencies_wait_for_health() -> None:
    for name, service in SERVICES.items():
        for other, condition in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
            assert condition == {"condition": expected}, f"{name} -> {other}"
    assert set(SERVICES["web"]["depends_on"]) == {"migrate", "pgbouncer", "redis"}


def test_the_files_hold_no_secret() -> None:
    compose = COMPOSE.read_text(encoding="utf-8")
    example = read_env_file(ROOT / ".env.example")

    secret = re.compile(r"PASSWORD|SECRET|TOKEN|_KEYS?$|DSN")
    for line in compose.splitlines():
        name, _colon, value = line.strip().partition(": ")
        if name.isidentifier() and secret.search(name):
            assert re.fullmatch(r'"?\$\{\w+:[-?][^}]*\}"?', value), line
    assert not [name for name, value in example.items() if secret.search(name) and value]


@pytest.mark.parametrize("missing", VARIABLES)
def test_a_shop_without_its_secrets_does_not_start(missing: str) -> None:
    with pytest.raises(MissingVariable, match=missing):
        load_compose({name: value for name, value in VARIABLES.items() if name != missing})


def test_compose_gives_the_settings_what_they_read_and_nothing_else() -> None:
    known = settings_variables()
    elsewhere = {"PROMETHEUS_MULTIPROC_DIR"}
    for name in OF_THE_SHOP:
        given = set(SERVICES[name]["environment"])
        assert given - elsewhere <= known, name
        assert known - given <= NOT_IN_COMPOSE, name
    assert known >= NOT_IN_COMPOSE


def test_the_settings_table_of_the_operator_guide_is_complete() -> None:
    guide = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)`", guide, re.MULTILINE))
    interpolated = set(re.findall(r"\$\{([A-Z0-9_]+)", COMPOSE.read_text(encoding="utf-8")))
    example = set(
        re.findall(r"^#?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    )
    wanted = {name for name in settings_variables() | interpolated | example if not name.endswith("_FILE")}

    assert sorted(wanted - documented) == []
    assert example <= settings_variables() | interpolated


def test_direct_connections_go_past_pgbouncer() -> None:
    for name in OF_THE_SHOP:
        environment = SERVICES[name]["environment"]
        direct = name in ONE_SHOT
        assert ("@postgres:5432/" in environment["DATABASE_URL"]) is direct
        assert environment["SHOP_PGBOUNCER"] == ("false" if direct else "true")


def test_there_is_one_worker_for_each_queue() -> None:
    queues = {}
    for name, service in SERVICES.items():
        command = service.get("command", [])
        if "-Q" in command:
            queues[name] = command[command.index("-Q") + 1]

    assert queues == {"worker-critical": "critical", "worker-default": "default", "worker-bulk": "bulk"}


def test_the_image_holds_what_the_shop_runs_from_and_no_more() -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in patterns if line.startswith("!")}

    assert "*" in patterns
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages <= allowed
    assert allowed >= {"manage.py", "pyproject.toml", "requirements-monitoring.lock"}
    assert not allowed & {"tests", "bench", ".env", ".git", "var", "docs", "secrets", "certs"}


def test_the_dockerfile_installs_by_hash_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[1:]

    assert "--require-hashes --requirement requirements-monitoring.lock" in dockerfile
    assert "requirements-dev" not in re.sub(r"#.*", "", dockerfile)
    assert ["USER 10001:10001" in stage for stage in stages] == [False, True, True, True]
    assert image_environment()["DATA"] == "/data"


def test_new_env_writes_fresh_secrets_once(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    program = [str(ROOT / "bin/new-env"), "shop.example.com"]

    subprocess.run([*program, str(target)], check=True, capture_output=True)
    again = subprocess.run([*program, str(target)], check=False, capture_output=True)
    subprocess.run([*program, str(tmp_path / "second")], check=True, capture_output=True)

    first, second = read_env_file(target), read_env_file(tmp_path / "second")
    fresh = {
        *("SHOP_SECRET_KEY", "SHOP_ENCRYPTION_KEYS", "SHOP_HASH_KEY", "SHOP_METRICS_TOKEN"),
        *("POSTGRES_PASSWORD", "REDIS_PASSWORD"),
    }
    assert again.returncode == 1
    assert target.stat().st_mode & 0o777 == 0o600
    assert {name for name in first if first[name] != second[name]} == fresh
    assert all(len(first[name]) >= 40 for name in fresh)
    assert first["SHOP_DOMAIN"] == "shop.example.com"


@pytest.mark.parametrize("domain", ["", "a b", "shop.example.com/", "x|y", "$(id)", ".com"])
def test_new_env_refuses_what_is_no_host_name(tmp_path: Path, domain: str) -> None:
    done = subprocess.run(
        [str(ROOT / "bin/new-env"), domain, str(tmp_path / ".env")], check=False, capture_output=True
    )

    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed: read as text instead")
@pytest.mark.parametrize("tls", ["automatic", "internal"])
def test_caddy_accepts_its_configuration(tmp_path: Path, tls: str) -> None:
    done = subprocess.run(
        ["caddy", "validate", "--config", str(ROOT / "deploy/Caddyfile"), "--adapter", "caddyfile"],
        env={**os.environ, "HOME": str(tmp_path), "SHOP_TLS": tls, "SHOP_DOMAIN": "shop.example.com"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_the_proxy_routes_and_hides_what_it_should() -> None:
    caddyfile = (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")
    given = set(SERVICES["proxy"]["environment"])
    read = set(re.findall(r"\{\$(SHOP_\w+)", caddyfile))

    assert given == read
    assert caddyfile.count("{") == caddyfile.count("}")
    assert "path /api/v1/flash-sales/items/*/claims /api/v1/flash-sales/claims/*" in caddyfile
    assert "@inside path /metrics" in caddyfile
    assert "request>headers delete" in caddyfile
