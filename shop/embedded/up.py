"""`make up`: the whole shop in the foreground, from an empty directory or from where it stopped."""

import os
import time
from collections.abc import Mapping

from shop.embedded import children
from shop.embedded.discover import publish_environment, withdraw_environment
from shop.embedded.environment import CHECKOUT, Options, read_options, read_settings_file, shop_environment
from shop.embedded.files import make_private_directory, read_json, write_json
from shop.embedded.keys import ADMIN_PASSWORD, console_password, load_keys
from shop.embedded.later import FILLED, STATE
from shop.embedded.locking import DataLock
from shop.embedded.messages import EmbeddedError, say
from shop.embedded.ports import is_free
from shop.embedded.process import Child
from shop.embedded.services import START_SECONDS, plan_services
from shop.embedded.supervisor import StopRequested, Supervisor
from shop.embedded.unchanged import prepared_print, static_print

_READY_SECONDS = 300.0  # a child that keeps dying ends the wait long before


def up() -> int:
    """Run the shop until Ctrl-C or SIGTERM; return the exit code."""
    options = read_options(os.environ)
    data = make_private_directory(options.data)
    with DataLock(data) as lock:
        withdraw_environment(data)
        try:
            with Supervisor(data=data, lock=lock, checkout=CHECKOUT) as supervisor:
                _refuse_taken_ports(options)
                try:
                    _open_shop(supervisor, options)
                    while True:
                        supervisor.pause(1.0)
                except StopRequested:
                    say("正在停止…（再按一次 Ctrl-C 强制结束）", "Stopping... (press Ctrl-C again to force)")
        finally:
            withdraw_environment(data)
    say("已停止。", "Stopped.")
    return 0


def _open_shop(supervisor: Supervisor, options: Options) -> None:
    began = time.monotonic()
    data = options.data
    environment = _start_foundation(supervisor, options)
    publish_environment(data, environment)
    if _has_sandbox():
        supervisor.start(children.sandbox(options, environment))
    is_first = not read_json(data / STATE).get(FILLED)
    if not is_first:
        _bring_up_to_date(supervisor, options, environment)
    else:
        _fill(supervisor, options, environment)
    if not is_first:
        _set_console_password(supervisor, environment)
    _wait_until_open(supervisor, options)
    _announce(options, seconds=time.monotonic() - began)


def _fill(supervisor: Supervisor, options: Options, environment: Mapping[str, str]) -> None:
    """First run: tables, roles, the console's owner and the demo data. Begun anew if interrupted.

    Web, worker and beat load their code meanwhile: nobody has the address yet, and beat waits for the end of
    this. The web's processes first and then the others, because all of them at once would slow this down.
    """
    say("首次运行，建表并载入演示数据…", "First run: making tables and loading the demo data...")
    password, _ = console_password(options.data, os.environ)
    with_password = {**environment, ADMIN_PASSWORD: password}
    arguments = ("sync_shop", "--migrate", "--demo", "--skip-checks")
    filling = children.step("fill", *arguments, environment=with_password)

    waiting = [child(options, environment) for child in (children.web, children.worker, children.beat)]

    def start_next(done: set[str]) -> None:
        if "collectstatic" not in done or not waiting:
            return
        if waiting[0].name == "web":
            supervisor.start(waiting.pop(0))
        elif children.answers(f"{options.local_url}/healthz", within=0.2):
            start_rest()

    def start_rest() -> None:
        while waiting:
            supervisor.start(waiting.pop(0))

    supervisor.run_step(_collect_static(environment), filling, meanwhile=start_next)
    start_rest()
    _remember(options, "static_files", static_print())
    _remember(options, "prepared", prepared_print(environment["DATABASE_URL"]))
    _remember(options, FILLED, True)


def _bring_up_to_date(supervisor: Supervisor, options: Options, environment: Mapping[str, str]) -> None:
    """A later run: migrate and collect what this version brings, if it is another; then the processes."""
    say("准备数据库…", "Preparing the database...")
    state = read_json(options.data / STATE)
    steps = []
    if state.get("prepared") != prepared_print(environment["DATABASE_URL"]):
        arguments = ("sync_shop", "--migrate", "--skip-checks")
        steps.append(children.step("migrate", *arguments, environment=environment))
    if state.get("static_files") != static_print():
        steps.append(_collect_static(environment))
    if steps:
        supervisor.run_step(*steps)
        _remember(options, "static_files", static_print())
        _remember(options, "prepared", prepared_print(environment["DATABASE_URL"]))
    for child in (children.worker, children.web, children.beat):
        supervisor.start(child(options, environment))


def _collect_static(environment: Mapping[str, str]) -> Child:
    arguments = ("collectstatic", "--noinput", "--verbosity", "0", "--skip-checks")
    return children.step("collectstatic", *arguments, environment=environment)


def _start_foundation(supervisor: Supervisor, options: Options) -> dict[str, str]:
    """Start PostgreSQL and Redis, make the sandbox's merchant, and return the shop's environment."""
    say("启动 PostgreSQL 和 Redis…", "Starting PostgreSQL and Redis...")
    plan = plan_services(
        options.data,
        durable=True,
        database_url=os.environ.get("DATABASE_URL"),
        redis_url=os.environ.get("REDIS_URL"),
    )
    for child in plan.children:
        supervisor.start(child, ready_within=START_SECONDS)
    merchant: dict[str, str] = {}
    if _has_sandbox():
        supervisor.run_step(children.sandbox_init(options, os.environ))
        merchant = read_settings_file(options.data / "sandbox" / "merchant.env")
    services = {"DATABASE_URL": plan.database_url, "REDIS_URL": plan.redis_url}
    environment = shop_environment(
        options, services=services, merchant=merchant, keys=load_keys(options.data)
    )
    # Only the steps that make the console's owner may see the password.
    environment.pop(ADMIN_PASSWORD, None)
    return environment


def _set_console_password(supervisor: Supervisor, environment: Mapping[str, str]) -> None:
    """A password that is given for a shop that exists becomes the owner's."""
    given = os.environ.get(ADMIN_PASSWORD)
    if given:
        with_password = {**environment, ADMIN_PASSWORD: given}
        arguments = ("set_console_password", "--skip-checks")
        supervisor.run_step(children.step("set-password", *arguments, environment=with_password))


def _remember(options: Options, name: str, value: object) -> None:
    path = options.data / STATE
    write_json(path, read_json(path) | {name: value})


def _wait_until_open(supervisor: Supervisor, options: Options) -> None:
    """Wait until web, worker, beat and sandbox all answer; EmbeddedError says what is missing."""
    say("等待网站、任务进程和定时器就绪…", "Waiting for web, worker and beat...")
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        supervisor.pause(0.2)
        supervisor.raise_if_looping()
        is_open, findings = children.readiness(options)
        if is_open and _has_sandbox():
            is_open = children.answers(f"{options.sandbox_url}/_sandbox/health")
            findings = f"{options.sandbox_url}/_sandbox/health"
        if is_open:
            return
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"等了 {_READY_SECONDS:.0f} 秒，集市仍未全部就绪。日志在 {options.data / 'logs'}。",
                f"After {_READY_SECONDS:.0f} s the shop is still not ready. Logs: {options.data / 'logs'}.",
                detail=findings,
            )


def _refuse_taken_ports(options: Options) -> None:
    wanted = [(options.host, options.port, "PORT")]
    if _has_sandbox():
        wanted.append(("127.0.0.1", options.sandbox_port, "SANDBOX_PORT"))
    if len({port for _, port, _ in wanted}) < len(wanted):
        raise EmbeddedError("PORT 和 SANDBOX_PORT 不能相同。", "PORT and SANDBOX_PORT must differ.")
    for host, port, name in wanted:
        if not is_free(host, port):
            raise EmbeddedError(
                f"端口 {port} 已被占用。请换一个：make up {name}=<端口>",
                f"Port {port} is already in use. Choose another: make up {name}=<port>",
            )


def _has_sandbox() -> bool:
    """A real merchant is given by the environment; without one the sandbox stands in for WeChat."""
    return not os.environ.get("WECHAT_APPID")


def _announce(options: Options, *, seconds: float) -> None:
    password, generated = console_password(options.data, os.environ)
    if generated:
        shown_zh, shown_en = f"初始密码 {password}", f"initial password {password}"
    elif password:
        shown_zh, shown_en = (
            "密码为您给出的 SHOP_ADMIN_PASSWORD",
            "password: the SHOP_ADMIN_PASSWORD you gave",
        )
    else:
        shown_zh, shown_en = "密码为首次启动时给出的", "password: the one given at the first start"
    lines = [
        "",
        f"集市已就绪（{seconds:.0f} 秒） · Jishi is ready ({seconds:.0f} s)",
        f"  接口文档 API docs  {options.base_url}/api/docs/",
        f"  管理后台 Console   {options.base_url}/admin/",
        f"           用户 user {options.admin_user}，{shown_zh} / {shown_en}",
    ]
    if _has_sandbox():
        lines.append(f"  微信沙箱 Sandbox   {options.sandbox_url}/")
    lines += [f"  数据 Data          {options.data}", "  按 Ctrl-C 停止 · Ctrl-C stops everything", ""]
    print("\n".join(lines), flush=True)
