"""The real sandbox process for tests: start, stop, kill, restart, and its control plane as methods."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SandboxProcess:
    """`python -m shop.sandbox` on a free port with its own data folder.

    ``env`` is merchant.env as a dictionary: exactly what the shop's settings need.
    """

    def __init__(self, data: Path, *, push_url: str = "", port: int | None = None) -> None:
        self.data = data
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.push_url = push_url
        self.env: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> "SandboxProcess":
        """Init (idempotent) and serve; returns when the health check answers."""
        self.initialise()
        self._serve()
        return self

    def initialise(self) -> dict[str, str]:
        """Make the merchant's keys, without serving; returns ``env``."""
        self._run("init", "--base-url", self.base_url)
        lines = (self.data / "merchant.env").read_text().splitlines()
        self.env = dict(line.split("=", 1) for line in lines)
        return self.env

    def stop(self) -> None:
        """SIGTERM and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: what a power cut does."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again on the same port and data."""
        self.stop()
        self._serve()

    def __enter__(self) -> "SandboxProcess":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> str:
        path = self.data / "serve.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "shop.sandbox", arguments[0], "--data", str(self.data), *arguments[1:]]

    def _run(self, *arguments: str) -> None:
        subprocess.run(self._command(*arguments), cwd=ROOT, check=True, capture_output=True, timeout=60)

    def _serve(self) -> None:
        arguments = ["serve", "--host", "127.0.0.1", "--port", str(self.port)]
        if self.push_url:
            arguments += ["--push-url", self.push_url]
        with (self.data / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(*arguments),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        self._wait_healthy()

    def _wait_healthy(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while True:
            assert self._process is not None
            if self._process.poll() is not None:
                raise RuntimeError(
                    f"the sandbox ended with {self._process.returncode}:\n{self.output[-2000:]}"
                )
            try:
                if self._session.get(f"{self.base_url}/_sandbox/health", timeout=2).ok:
                    return
            except requests.RequestException as error:
                if time.monotonic() > deadline:
                    raise TimeoutError("the sandbox did not become healthy") from error
            time.sleep(0.05)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=15)
        self._process = None

    # -- control plane ---------------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, *, expect: int = 200) -> Any:
        """One control call; fails loudly unless it answers ``expect``."""
        response = self._session.request(method, f"{self.base_url}/_sandbox{path}", json=body, timeout=60)
        assert response.status_code == expect, (
            f"{method} {path}: {response.status_code} {response.text[:500]}"
        )
        return response.json()

    def post(self, path: str, body: dict[str, Any] | None = None, *, expect: int = 200) -> Any:
        return self.call("POST", path, body or {}, expect=expect)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def create_user(self, **fields: Any) -> dict[str, Any]:
        user: dict[str, Any] = self.post("/users", fields)
        return user

    def login_code(self, openid: str) -> str:
        return str(self.post(f"/users/{openid}/login-code")["code"])

    def phone_code(self, openid: str) -> str:
        return str(self.post(f"/users/{openid}/phone-code")["code"])

    def grant(self, openid: str, *templates: str, times: int = 1) -> dict[str, Any]:
        return dict(
            self.post(f"/users/{openid}/grants", {"templates": list(templates), "times": times})["grants"]
        )

    def pay(
        self, wechat: dict[str, Any], *, notify: str = "once", override: dict[str, Any] | None = None,
        copies: int = 1, expect: int = 200,
    ) -> dict[str, Any]:  # fmt: skip
        """Pay what wx.requestPayment was given; see /_sandbox/pay."""
        body: dict[str, Any] = {"wechat": wechat, "notify": notify, "copies": copies}
        if override is not None:
            body["override"] = override
        return dict(self.post("/pay", body, expect=expect))

    def pay_order(self, out_trade_no: str, *, expect: int = 200, **body: Any) -> dict[str, Any]:
        """Pay the latest prepay of an order without paySign."""
        return dict(self.post(f"/payments/{out_trade_no}/pay", body, expect=expect))

    def autopay(self, **body: Any) -> None:
        """The next prepay is paid and called back before it is answered."""
        self.post("/autopay", body)

    def refund(self, out_refund_no: str, outcome: str, *, expect: int = 200) -> dict[str, Any]:
        return dict(self.post(f"/refunds/{out_refund_no}", {"outcome": outcome}, expect=expect))

    def transfer(self, out_bill_no: str, action: str, *, expect: int = 200) -> dict[str, Any]:
        """confirm, cancel, fail or expire."""
        return dict(self.post(f"/transfers/{out_bill_no}/{action}", expect=expect))

    def fault(
        self,
        kind: str,
        *,
        path: str = "",
        method: str = "",
        times: int = 1,
        target: str = "answer",
        errcode: int = -1,
    ) -> None:
        match = {key: value for key, value in (("method", method), ("path_prefix", path)) if value}
        self.post(
            "/faults", {"match": match, "kind": kind, "times": times, "target": target, "errcode": errcode}
        )

    def clear_faults(self) -> None:
        self.call("DELETE", "/faults")

    def offline(self, on: bool = True, mode: str = "drop") -> None:
        self.post("/offline", {"on": on, "mode": mode})

    def settings(self, **changes: Any) -> dict[str, Any]:
        return dict(self.post("/settings", changes))

    def reset(self) -> None:
        """Default switches and no faults; users and money stay."""
        self.call("DELETE", "/settings")
        self.clear_faults()

    def advance(self, seconds: float) -> None:
        self.post("/clock", {"advance_seconds": seconds})

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        return list(self.get(f"/log?since={since}")["results"])

    def notifications(self, reference: str = "") -> list[dict[str, Any]]:
        path = f"/notifications?reference={reference}" if reference else "/notifications"
        return list(self.get(path)["results"])

    def resend(self, notification: int, copies: int = 1) -> None:
        self.post(f"/notifications/{notification}/resend", {"copies": copies})
