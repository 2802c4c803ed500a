"""Start an installed conductor-tui on a pty, beside a real redis-server, and look.

Usage: smoke.py PROGRAM. Exit 0: redis was shown HEALTHY, `q` ended it with code 0 and
the terminal was restored.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.servers.daemon import free_port  # noqa: E402
from tests.servers.redis import redis_server  # noqa: E402
from tests.tui.pty.terminal import Terminal  # noqa: E402

LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"


def main(program: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        port = free_port()
        with redis_server(Path(home), port=port):
            os.chdir(home)
            os.environ |= {"XDG_RUNTIME_DIR": home, "XDG_STATE_HOME": home}
            look(program, port)
    print(f"{program}: redis on port {port} was shown HEALTHY; q left a clean terminal")


def look(program: str, port: int) -> None:
    shown = re.compile(rf"HEALTHY.*redis-{port}|redis-{port}.*HEALTHY")
    # tall: this machine may run other services, and they are found too
    with Terminal([program], size=(80, 120)) as terminal:
        terminal.until(lambda: bool(shown.search(terminal.text)), "a healthy redis")
        print("\n".join(line for line in terminal.text.splitlines() if line))
        since = len(terminal.output)
        terminal.send("q")
        code = terminal.until_ended()
        assert code == 0, f"q ended it with {code}"
        assert terminal.output.find(LEFT_ALTERNATE_SCREEN, since) >= 0
        assert terminal.modes == terminal.before, "the line discipline was not restored"


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
