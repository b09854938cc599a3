"""`python -m shop.embedded up` and `python -m shop.embedded exec -- CMD...`."""

import argparse
import os
import sys

from shop.embedded.files import full_path
from shop.embedded.messages import EmbeddedError, say


def main() -> int:
    """Read the command line, run, and turn what the operator can mend into two plain lines."""
    if os.name != "posix":
        say("请在 Linux、macOS 或 WSL 中运行。", "Run this on Linux, macOS or WSL.")
        return 1
    arguments = _parser().parse_args()
    try:
        if arguments.command == "exec":
            from shop.embedded.run import execute

            command = arguments.program[1:] if arguments.program[:1] == ["--"] else arguments.program
            if not command:
                _parser().error("exec needs a command: exec -- CMD...")
            data = arguments.data or os.environ.get("DATA")
            return execute(command, data=full_path(data) if data else None)
        from shop.embedded.up import up

        return up()
    except EmbeddedError as error:
        say(error.zh, error.en, detail=error.detail)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shop.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="run the whole shop in the foreground")
    execute = commands.add_parser("exec", help="run a program with real services around it")
    execute.add_argument("--data", help="data directory of a shop; without it the services are throw-away")
    execute.add_argument("program", nargs=argparse.REMAINDER)
    return parser


if __name__ == "__main__":
    sys.exit(main())
