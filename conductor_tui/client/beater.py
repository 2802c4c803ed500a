"""Heartbeats in the background, for as long as a block runs.

Half the interval, so that one lost beat is no alarm. A beat that does not get through
is logged once, and the next is tried in its turn: the program is never disturbed. A
child after a fork does not beat: it is another process, with a Beater of its own.
"""

import os
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from types import TracebackType
from typing import Protocol, TypeAlias

from conductor_tui.client.logs import warn
from conductor_tui.domain.errors import BeatRefused, NobodyListens
from conductor_tui.domain.text import one_line

_STOP_S = 2.0  # who stops waits no longer for a beat that is under way
Metadata: TypeAlias = Mapping[str, object] | Callable[[], Mapping[str, object]]


class Beats(Protocol):
    """Who sends one: `Client`."""

    def beat(
        self, agent: str, metadata: Mapping[str, object] | None = None, kind: str = ...
    ) -> None: ...


class Beater:
    """Beats for `agent` at half of `interval_s` (seconds), first at once. `metadata`
    goes with each beat; a function of it is called before each. Used by `with`, by
    `async with`, or by `start` and `stop`.
    """

    def __init__(
        self,
        client: Beats,
        agent: str,
        interval_s: float = 5.0,
        metadata: Metadata | None = None,
    ) -> None:
        """Raises ValueError for what cannot be."""
        if not agent:
            raise ValueError("agent: say whose heartbeats they are")
        if not interval_s > 0:
            raise ValueError(f"interval_s: must be above 0, not {interval_s!r}")
        self.agent, self.interval_s = agent, interval_s
        self._client, self._metadata = client, metadata
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()
        self._troubles: dict[str, str] = {}  # by what they are about

    def start(self) -> "Beater":
        """Begin. Does nothing where it beats already."""
        if self._thread is None or not self._thread.is_alive():
            self._stop, self._pid = threading.Event(), os.getpid()
            self._thread = threading.Thread(
                target=self._run,
                args=(self._stop, os.getpid()),
                name=f"conductor-tui beats of {self.agent}",
                daemon=True,
            )
            self._thread.start()
        return self

    def stop(self, *, say_so: bool = False) -> None:
        """Beat no more. With `say_so` it is told as stopped: its silence is meant. A
        child after a fork stops nothing: it is the parent that beats.
        """
        if os.getpid() != self._pid:
            return
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STOP_S)
        if say_so:
            self._beat("stop", None)

    def __enter__(self) -> "Beater":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> "Beater":
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        import asyncio

        await asyncio.to_thread(self.stop)

    def _run(self, stop: threading.Event, pid: int) -> None:
        due = monotonic()
        while not stop.is_set() and os.getpid() == pid:
            self._beat("beat", self._said())
            due = max(due + self.interval_s / 2, monotonic())  # none is made up for
            stop.wait(due - monotonic())

    def _said(self) -> Mapping[str, object] | None:
        if not callable(self._metadata):
            return self._metadata
        try:
            return self._metadata()
        except Exception as error:  # foreign code: the beat goes without
            words = (
                f"its metadata raised {type(error).__name__}: {one_line(str(error))}"
            )
            self._say("metadata", words)
            return None

    def _beat(self, kind: str, metadata: Mapping[str, object] | None) -> None:
        try:
            self._client.beat(self.agent, metadata, kind)
        except (NobodyListens, BeatRefused) as error:
            self._say("beat", str(error))
        except Exception as error:  # what JSON cannot say, or changes meanwhile
            self._say("beat", f"its metadata cannot be sent: {error}")
        else:
            if self._troubles.pop("beat", ""):
                warn("agent %s: its beats are taken again", self.agent)

    def _say(self, about: str, trouble: str) -> None:
        """Log it, once until something else is the matter."""
        if trouble != self._troubles.get(about):
            self._troubles[about] = trouble
            warn("agent %s: %s", self.agent, one_line(trouble, 300))
