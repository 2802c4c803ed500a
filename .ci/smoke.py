"""Start an installed conductor-tui on a pty, beside a real redis-server, and look.

Usage: smoke.py PROGRAM. Exit 0: redis was shown HEALTHY, `q` ended it with code 0 and
the terminal was restored.
"""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.tui.pty.terminal import Terminal  # noqa: E402

from tests.servers.daemon import free_port  # noqa: E402
from tests.servers.redis import redis_server  # noqa: E402


def main(program: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        port = free_port()
        with redis_server(Path(home), port=port):
            os.chdir(home)
            look(program)
    print(f"{program}: redis on port {port} was shown HEALTHY; q left a clean terminal")


def look(program: str) -> None:
    with Terminal([program], size=(80, 24)) as terminal:
        terminal.wait_for("HEALTHY.*redis|redis.*HEALTHY")
        print("\n".join(terminal.lines()))
        terminal.send("q")
        code = terminal.wait()
        assert code == 0, f"q ended it with {code}"
        assert terminal.is_restored, "the terminal was left in the alternate screen"


if __name__ == "__main__":
    main(sys.argv[1])
