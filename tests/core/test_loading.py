"""What a process loads, and how."""

import gc
import json
import subprocess
import sys

import pytest

from shop.core.loading import loading

HEAVY = ("unfold.admin", "catalog.admin", "openpyxl", "rjieba", "PIL.Image")
LOADED = f"""
import json, sys
import django
django.setup()
import shop.celery
command = [name for name in {HEAVY!r} if name in sys.modules]
import shop.wsgi
print(json.dumps([command, [name for name in {HEAVY!r} if name in sys.modules]]))
"""


def test_garbage_is_let_be_while_loading_and_collected_again_after():
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
    assert (gc.isenabled(), gc.get_freeze_count() > before) == (True, True)
    gc.unfreeze()


def test_a_broken_load_leaves_the_collector_at_work():
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()
    gc.unfreeze()


def test_commands_and_workers_do_not_load_the_console_and_nobody_loads_workbooks_beforehand():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [[], ["unfold.admin", "catalog.admin", "PIL.Image"]]
