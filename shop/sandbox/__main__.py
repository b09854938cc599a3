"""Command line: ``init`` makes keys and merchant.env, ``serve`` answers."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from shop.sandbox import app, background, identity
from shop.sandbox.box import Box
from shop.sandbox.callbacks import Courier


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.command == "init":
        sys.stdout.write(f"{identity.initialise(options.data, options.base_url)}\n")
        return 0
    if not (options.data / "identity.json").exists():
        sys.stderr.write(f"{options.data} holds no sandbox; run `python -m shop.sandbox init` first\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s sandbox %(levelname)s %(message)s")
    asyncio.run(_serve(options))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shop.sandbox", description="A stand-in for WeChat's hosts."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init", help="make keys and merchant.env; safe to run again")
    init.add_argument("--data", type=Path, required=True)
    init.add_argument("--base-url", required=True, help="where the shop will reach the sandbox")
    serve = commands.add_parser("serve", help="answer requests")
    serve.add_argument("--data", type=Path, required=True)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, required=True)
    serve.add_argument("--push-url", default="", help="the shop's message-push address")
    return parser


async def _serve(options: argparse.Namespace) -> None:
    """One process, one event loop: HTTP and the background work side by side."""
    box = Box(options.data, push_url=options.push_url)
    courier = Courier(box)
    server = Server(
        app.build(box, courier),
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    worker = asyncio.create_task(background.run(box, courier))
    try:
        await server.serve()
    finally:
        worker.cancel()
        await courier.close()
        box.store.close()


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything of ours is closed. The server's own threads may still be ending, and would abort the process
    # when the interpreter is taken down under them.
    os._exit(code)
