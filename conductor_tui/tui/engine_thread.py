"""An engine beside the screen: a worker of the app that minds a thread of its own.

The thread is a daemon thread of ours, not one of a threaded worker: those live in
asyncio's pool, which Python joins without a limit when the loop closes, and an engine
that hangs must be able to be left behind.
"""

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from threading import Event, Thread

from conductor_tui import ports
from conductor_tui.domain.text import one_line


class EngineThread:
    """Runs `host` once, and says in words when it ends without being asked to."""

    def __init__(self, host: ports.EngineHost) -> None:
        self._host = host
        self._asked = Event()
        self._ended: Future[str] = Future()
        self._thread = Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Start the host, if it is not running yet. No loop is needed for it: the
        first checks need not wait for a screen.
        """
        if not self._is_started:
            self._thread.start()

    async def run(self) -> str:
        """See the host through to its end. Return in words why it ended, "" after
        `stop`. Cancelling this leaves the thread running: `stop` ends it.
        """
        self.start()
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[str] = loop.create_future()

        def tell(words: "Future[str]") -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, ended, words.result())

        self._ended.add_done_callback(tell)
        return await ended

    def stop(self, within_s: float) -> bool:
        """Ask the engine to drain; False when it did not end in time."""
        self._asked.set()
        if not self._is_started:
            return True
        self._host.stop()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    @property
    def _is_started(self) -> bool:
        return self._thread.ident is not None

    def _run(self) -> None:
        words = "the engine stopped by itself"
        try:
            self._host.run()
        except Exception as error:
            words = (
                f"the engine stopped: {one_line(str(error)) or type(error).__name__}"
            )
        self._ended.set_result("" if self._asked.is_set() else words)


def _settle(ended: "asyncio.Future[str]", words: str) -> None:
    if not ended.done():
        ended.set_result(words)
