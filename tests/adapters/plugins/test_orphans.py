"""A conductor that is killed leaves nothing of its plug-ins behind."""

import json
import subprocess
import sys
from pathlib import Path

from tests.adapters.plugins.hosting import is_alive, marked, until


async def test_after_kill_9_no_worker_is_left_and_no_child_of_one(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)  # noqa: ASYNC240
    command = [sys.executable, "-m", "tests.bench.plugins", "--daemon", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as conductor:  # noqa: ASYNC220
        assert conductor.stdout is not None
        pids = json.loads(conductor.stdout.readline())
        assert len(pids) == 10
        assert all(map(is_alive, pids))
        assert len(marked()) >= 2
        conductor.kill()
        await until(lambda: not any(map(is_alive, pids)) and not marked())
