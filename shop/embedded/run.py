"""`python -m shop.embedded exec -- CMD...`: a program with real services around it.

Without a data directory the services are throw-away. With one (`--data` or DATA) its shop is joined when it
runs; otherwise its PostgreSQL and Redis are started for as long as the program takes.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from shop.embedded.discover import running_environment
from shop.embedded.environment import read_options, read_settings_file, shop_environment
from shop.embedded.keys import load_keys
from shop.embedded.messages import say
from shop.embedded.services import Services, start_services

_CANNOT_RUN = 127  # what a shell answers


def execute(command: Sequence[str], *, data: Path | None) -> int:
    """Run a command; return its exit code (128 + number when a signal ended it)."""
    with _environment(data) as environment:
        return _run(command, environment)


@contextlib.contextmanager
def _environment(data: Path | None) -> Iterator[dict[str, str]]:
    if data is None:
        with _throw_away() as environment:
            yield environment
        return
    joined = running_environment(data)
    if joined is not None:
        yield {**joined, **os.environ}
        return
    services = _start(data, durable=True)
    try:
        yield _surroundings(data, services)
    finally:
        services.stop()


@contextlib.contextmanager
def _throw_away() -> Iterator[dict[str, str]]:
    directory = Path(tempfile.mkdtemp(prefix="jishi-exec-"))
    try:
        services = _start(directory, durable=False)
        try:
            yield _surroundings(directory, services)
        finally:
            services.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _start(data: Path, *, durable: bool) -> Services:
    return start_services(
        data,
        durable=durable,
        database_url=os.environ.get("DATABASE_URL"),
        redis_url=os.environ.get("REDIS_URL"),
    )


def _surroundings(data: Path, services: Services) -> dict[str, str]:
    options = read_options({**os.environ, "DATA": str(data)})
    settings_file = data / "sandbox" / "merchant.env"
    has_sandbox = not os.environ.get("WECHAT_APPID") and settings_file.exists()
    merchant = read_settings_file(settings_file) if has_sandbox else {}
    return {
        **shop_environment(options, services=services.environment, merchant=merchant, keys=load_keys(data)),
        "DATA": str(data),
    }


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    process: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, frame: FrameType | None) -> None:
        if process is not None and process.poll() is None:
            process.send_signal(number)

    # Ctrl-C reaches the program by itself; we only must not die of it before the services are stopped.
    previous = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda number, frame: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
    }
    try:
        process = subprocess.Popen(command, env=environment)
        code = process.wait()
    except (FileNotFoundError, PermissionError) as error:
        say(f"无法运行 {command[0]}：{error.strerror}", f"{command[0]} cannot be run: {error.strerror}")
        return _CANNOT_RUN
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
