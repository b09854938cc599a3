"""The shop's own processes: web, worker, beat, WeChat sandbox, and the one-time steps before them."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping

from shop.embedded.environment import CHECKOUT, Options
from shop.embedded.process import Child

_QUEUES = "critical,default,bulk"


def step(name: str, *arguments: str, environment: Mapping[str, str]) -> Child:
    """Return a management command as a child that runs to its end."""
    return Child(name, (sys.executable, "manage.py", *arguments), environment, CHECKOUT)


def sandbox_init(options: Options, environment: Mapping[str, str]) -> Child:
    """Return the step that makes the sandbox's merchant and writes `merchant.env`."""
    arguments = ("init", "--data", str(options.data / "sandbox"), "--base-url", options.sandbox_url)
    return Child("sandbox-init", (sys.executable, "-m", "shop.sandbox", *arguments), environment, CHECKOUT)


def sandbox(options: Options, environment: Mapping[str, str]) -> Child:
    """Return the stand-in for both WeChat hosts; it listens on the loopback address only."""
    return Child(
        name="sandbox",
        argv=(
            *(sys.executable, "-m", "shop.sandbox", "serve", "--data", str(options.data / "sandbox")),
            *("--host", "127.0.0.1", "--port", str(options.sandbox_port)),
            *("--push-url", f"{options.local_url}/api/v1/wechat/messages"),
        ),
        env=environment,
        cwd=CHECKOUT,
        stop_seconds=5.0,
        is_ready=lambda: answers(f"{options.sandbox_url}/_sandbox/health"),
    )


def worker(options: Options, environment: Mapping[str, str]) -> Child:
    """Return one Celery worker for all queues; it finishes its tasks when asked to stop."""
    arguments = ("-Q", _QUEUES, "-c", str(options.worker_processes), "--without-gossip", "--without-mingle")
    return _celery("worker", *arguments, environment=environment, stop_seconds=30.0)


def beat(options: Options, environment: Mapping[str, str]) -> Child:
    """Return the clock that sends jobs at their time, once the shop is filled; the database has schedules."""
    scheduler = ("-S", "django_celery_beat.schedulers:DatabaseScheduler")
    waiting = ("shop.embedded.later", str(options.data))
    return _celery("beat", *scheduler, environment=environment, stop_seconds=10.0, program=waiting)


def web(options: Options, environment: Mapping[str, str]) -> Child:
    """Return the web server. It starts its own dead workers again; the supervisor watches over it."""
    return Child(
        name="web",
        argv=(
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "shop.wsgi:application"),
            *("--host", options.host, "--port", str(options.port)),
            *("--workers", str(options.web_workers), "--blocking-threads", str(options.web_threads)),
            *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "10"),
            "--no-ws",
        ),
        env=environment,
        cwd=CHECKOUT,
        is_ready=lambda: readiness(options)[0],
    )


def readiness(options: Options) -> tuple[bool, str]:
    """Ask the shop's /readyz; return whether all is well, and what is not."""
    try:
        with urllib.request.urlopen(f"{options.local_url}/readyz", timeout=5) as response:  # noqa: S310
            body = json.load(response)
    except urllib.error.HTTPError as error:
        return False, f"/readyz {error.code}: {error.read(2000).decode(errors='replace')}"
    except (OSError, ValueError) as error:
        return False, f"/readyz: {error}"
    return body.get("status") == "ok", json.dumps(body, ensure_ascii=False)


def answers(url: str, *, within: float = 5.0) -> bool:
    """Tell whether a URL answers 200, in so many seconds."""
    try:
        with urllib.request.urlopen(url, timeout=within) as response:  # noqa: S310
            return bool(response.status == 200)
    except OSError:
        return False


def _celery(
    kind: str,
    *arguments: str,
    environment: Mapping[str, str],
    stop_seconds: float,
    program: tuple[str, ...] = ("celery",),
) -> Child:
    argv = (sys.executable, "-m", *program, "-A", "shop.celery", kind, "-l", "INFO", *arguments)
    return Child(kind, argv, environment, CHECKOUT, stop_seconds=stop_seconds)
