"""The ways in for heartbeats: opened, kept open, opened anew where settings change.

A way that cannot open (a port that is taken, a folder that is not there) harms nothing
else: it says why, and is tried again every TRY_AGAIN_S.
"""

import asyncio
from contextlib import suppress

from conductor_tui.domain.agent import WayIn
from conductor_tui.domain.settings import AgentSettings, ListenSettings, Settings
from conductor_tui.domain.text import one_line
from conductor_tui.engine.heart import Heart
from conductor_tui.ports import Clock, OpenWays, Way

TRY_AGAIN_S = 30.0
_OPEN_WITHIN_S, _CLOSE_WITHIN_S = 5.0, 2.0

_Wanted = tuple[ListenSettings, tuple[AgentSettings, ...]]


class Ways:
    """Opens what the settings say, once `keep_to` has said it."""

    def __init__(self, open_ways: OpenWays, heart: Heart, clock: Clock) -> None:
        self._open_ways, self._heart, self._clock = open_ways, heart, clock
        self._wanted: _Wanted | None = None
        self._changed = asyncio.Event()
        self._ways: dict[Way, str | None] = {}  # why it does not listen; None: it does
        self._fault: tuple[WayIn, ...] = ()
        self.is_closed_for_good = False  # nobody is listened for in this run

    def keep_to(self, settings: Settings) -> None:
        """Listen as these settings say; ways stay open where that is no change."""
        notified = tuple(one for one in settings.agents if one.notify)
        wanted = (settings.listen, notified)
        if wanted != self._wanted and not self.is_closed_for_good:
            self._wanted = wanted
            self._changed.set()

    async def run(self) -> None:
        """Listen for ever; cancelled, it listens no more."""
        try:
            while True:
                await self._wait()
                if self._changed.is_set():
                    self._changed.clear()
                    await self._close()
                    self._make()
                await self._open()
        finally:
            await self._close()

    async def _wait(self) -> None:
        """Wait for other settings, or until a way that did not open is tried again."""
        if all(trouble is None for trouble in self._ways.values()):
            await self._changed.wait()
            return
        try:
            async with self._clock.timeout(TRY_AGAIN_S):
                await self._changed.wait()
        except TimeoutError:
            return

    def _make(self) -> None:
        if self._wanted is None:
            return
        try:
            self._ways, self._fault = (
                dict.fromkeys(self._open_ways(*self._wanted), ""),
                (),
            )
        except Exception as error:  # a fault of ours must not end the watching
            self._fault = (WayIn(name="listeners", address="", trouble=_words(error)),)

    async def _open(self) -> None:
        for way, trouble in list(self._ways.items()):
            if trouble is not None:
                self._ways[way] = await self._tried(way)
        if self._wanted is not None:
            self._tell()

    async def _tried(self, way: Way) -> str | None:
        """Return why it does not open; None: it did."""
        try:
            async with self._clock.timeout(_OPEN_WITHIN_S):
                await way.open(self._heart)
        except TimeoutError:
            await self._let_go(way)
            return f"it did not open within {_OPEN_WITHIN_S:g} s"
        except Exception as error:  # the system's, or a library's: told, tried again
            await self._let_go(way)
            return _words(error)
        return None

    def _tell(self) -> None:
        ways = [
            WayIn(name=way.name, address=one_line(way.address), trouble=trouble or "")
            for way, trouble in self._ways.items()
        ]
        self._heart.ingest.listen_at((*ways, *self._fault))

    async def _close(self) -> None:
        ways, self._ways = list(self._ways), {}
        for way in ways:
            await self._let_go(way)

    async def _let_go(self, way: Way) -> None:
        with suppress(Exception):  # it is not used any more: there is nothing to do
            async with self._clock.timeout(_CLOSE_WITHIN_S):
                await way.close()


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and not error.filename:
        return one_line(error.strerror)
    return one_line(str(error)) or type(error).__name__
