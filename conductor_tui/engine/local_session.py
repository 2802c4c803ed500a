"""A Session with an engine in this process, usable from any thread."""

import asyncio
from collections.abc import AsyncIterator, Callable

from conductor_tui.domain.commands import Command
from conductor_tui.domain.errors import SessionLost
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Frame

_NOT_RUNNING = "the engine is not running: nothing was asked"


class LocalSession:
    """Satisfies ports.Session. `attach` it once the engine's loop runs."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: Callable[[Command], None] | None = None

    def attach(
        self, loop: asyncio.AbstractEventLoop, handle: Callable[[Command], None]
    ) -> None:
        """Hand commands to `handle`, on the engine's `loop`."""
        self._loop, self._handle = loop, handle

    def detach(self) -> None:
        self._loop = self._handle = None

    def latest(self) -> Snapshot:
        return self._hub.latest()

    def follow(self) -> AsyncIterator[Frame]:
        return self._hub.follow()

    def send(self, command: Command) -> None:
        loop, handle = self._loop, self._handle
        if loop is None or handle is None:
            raise SessionLost(_NOT_RUNNING)
        try:
            loop.call_soon_threadsafe(handle, command)
        except RuntimeError as error:  # its loop was closed meanwhile
            raise SessionLost(_NOT_RUNNING) from error
