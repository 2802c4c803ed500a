"""An engine beside the screen, in a thread that can be left behind.

It is a daemon thread of ours, not a threaded worker of Textual's: those live in
asyncio's pool, which Python joins without a limit when the loop closes.
"""

from collections.abc import Callable
from threading import Event, Thread

from conductor_tui import ports
from conductor_tui.domain.text import one_line


class EngineThread:
    """Runs `host` once, and says in words when it ends without being asked to."""

    def __init__(self, host: ports.EngineHost) -> None:
        self._host = host
        self._asked = Event()
        self._thread: Thread | None = None

    def start(self, ended: Callable[[str], None]) -> None:
        """Begin. `ended` is called in the engine's thread, unless `stop` came first."""
        self._thread = Thread(
            target=self._run, args=(ended,), name="engine", daemon=True
        )
        self._thread.start()

    def stop(self, within_s: float) -> bool:
        """Ask the engine to drain; False when it did not end in time."""
        self._asked.set()
        if self._thread is None:
            return True
        self._host.stop()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self, ended: Callable[[str], None]) -> None:
        words = "the engine stopped by itself"
        try:
            self._host.run()
        except Exception as error:
            words = (
                f"the engine stopped: {one_line(str(error)) or type(error).__name__}"
            )
        if not self._asked.is_set():
            ended(words)
