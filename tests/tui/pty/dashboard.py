"""The dashboard over a recorded session, as a program: `python -m` this, on a pty.

Arguments: `stuck` blocks the event loop for ever at the key `x`; `flooded` has news
at every look; `seldom` looks only every 100 s; `engine-fails` and `engine-hangs`
bring an engine that does so.
"""

import os
import sys
import threading
import time
from dataclasses import replace

from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import Seq
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import RecordedSession
from conductor_tui.tui.app import ConductorApp
from conductor_tui.tui.commanding import Operator
from conductor_tui.tui.engine_thread import EngineThread
from conductor_tui.tui.run import run_app
from tests.build import added, history, turned

RUNNING = "the-engine-runs"
TOLD_FD = 3  # where a flooded dashboard tells of each look, one byte each


class Engine:
    """Adds a platform called RUNNING, and runs until it is told to stop. Or fails at
    once; or does not hear the stop.
    """

    def __init__(
        self, session: RecordedSession, *, fails: bool = False, hangs: bool = False
    ) -> None:
        self._session = session
        self._fails, self._hangs = fails, hangs
        self._stopped = threading.Event()

    def run(self) -> None:
        if self._fails:
            raise RuntimeError("the disk\nis gone")
        self._session.frames.extend(history(added("api"), added(RUNNING))[1:])
        self._stopped.wait()
        sys.stderr.write("engine drained\n")

    def stop(self) -> None:
        if not self._hangs:
            self._stopped.set()


class FloodedSession(RecordedSession):
    """Has something new to say at every look."""

    def latest(self) -> Snapshot:
        seq = Seq(super().latest().seq + 1)
        event = turned("api", Health.HEALTHY, Health.FAILED, f"{seq:04} " * 20)
        self.frames = [
            super().latest(),
            *(replace(said, seq=seq) for said in history(event)),
        ]
        return super().latest()


class StuckApp(ConductorApp):
    def key_x(self) -> None:
        os.write(2, b"stuck now")
        time.sleep(3600)


class FloodedApp(ConductorApp):
    def pull(self) -> None:
        super().pull()
        os.write(TOLD_FD, b".")


def main(*words: str) -> int:
    flooded = "flooded" in words
    kind = FloodedSession if flooded else RecordedSession
    session = kind(history(added("api")))
    app_kind = StuckApp if "stuck" in words else ConductorApp
    engine = Engine(
        session, fails="engine-fails" in words, hangs="engine-hangs" in words
    )
    app = (FloodedApp if flooded else app_kind)(
        session,
        SystemClock(),
        engine=EngineThread(engine),
        operator=Operator(by="root"),
        hz=100 if flooded else 0.01 if "seldom" in words else 4,
    )
    return run_app(app)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
