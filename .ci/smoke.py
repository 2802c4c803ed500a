"""Start an installed conductor-tui on a pty, beside a real redis-server, and look.

Usage: smoke.py PROGRAM. Exit 0: redis was shown HEALTHY by a dashboard with an engine
inside, by one that is attached to a daemon, and by `status`; `q` ended both with code 0
and the terminal was restored; the daemon drained.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
            with daemon(program, Path(home) / "conductor-tui" / "conductor.sock"):
                subprocess.run([program, "check", f"redis-{port}"], check=True)
                subprocess.run([program, "status", f"redis-{port}"], check=True)
                # another person than the one before: nobody is told what they missed
                look(program, port, {"SUDO_USER": "somebody-else"})
    print(f"{program}: redis on port {port} was shown HEALTHY; q left a clean terminal")


@contextmanager
def daemon(program: str, socket: Path) -> Iterator[None]:
    serving = subprocess.Popen([program, "serve", "--log-format", "json"])
    try:
        deadline = time.monotonic() + 30
        while not socket.exists():
            assert serving.poll() is None, "the daemon ended by itself"
            assert time.monotonic() < deadline, "the daemon never listened"
            time.sleep(0.05)
        yield
    finally:
        serving.terminate()
        code = serving.wait(20)
    assert code == 0, f"SIGTERM ended the daemon with {code}"


def look(program: str, port: int, env: Mapping[str, str] | None = None) -> None:
    shown = re.compile(rf"HEALTHY.*redis-{port}|redis-{port}.*HEALTHY")
    # tall: this machine may run other services, and they are found too
    with Terminal([program], size=(80, 120), env=env or {}) as terminal:
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
