"""Beat loads its code early and begins when the shop is filled."""

import os
import subprocess
import sys
from pathlib import Path

from shop.embedded.later import FILLED, STATE
from tests.embedded.conftest import CHECKOUT, SECONDS


def answer(state: Path, text: str) -> None:
    """Wait until the file is opened for reading, and give it this content; the next reader gets another."""
    with state.open("w") as pipe:
        following = state.with_suffix(".next")
        os.mkfifo(following)
        following.replace(state)
        pipe.write(text)


def test_it_waits_for_the_state_file_and_becomes_celery_then(tmp_path: Path) -> None:
    # Given a state file that is a pipe
    state = tmp_path / STATE
    os.mkfifo(state)
    program = [sys.executable, "-m", "shop.embedded.later", str(tmp_path), "--version"]
    process = subprocess.Popen(program, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        # When it is told that the shop is not filled, it asks again
        for text in ("{}", f'{{"{FILLED}": false}}', "{}"):
            answer(state, text)
        assert process.poll() is None
        # Then it goes on once it is
        answer(state, f'{{"{FILLED}": true}}')
        said, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert said.strip()[0].isdigit()


def test_it_ends_at_once_when_it_is_asked_to_while_it_waits(tmp_path: Path) -> None:
    state = tmp_path / STATE
    os.mkfifo(state)
    process = subprocess.Popen(
        [sys.executable, "-m", "shop.embedded.later", str(tmp_path), "--version"], cwd=CHECKOUT
    )
    try:
        answer(state, "{}")
        process.terminate()
        assert process.wait(timeout=SECONDS) != 0
    finally:
        process.kill()
