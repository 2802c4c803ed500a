"""A conductor beside the test, in a thread of its own: an engine on a fake clock whose
platform "api" has FAILED, behind a real socket.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.local_session import LocalSession
from tests.build import spec
from tests.engine.alerting.test_alerting import FakeChannel, told_by
from tests.engine.stage import FAILED, stage


class Beside:
    """`address` is where it listens."""

    def __init__(self, place: Path | str, token: str = "") -> None:
        self._place, self._token = place, token
        self._is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._session: LocalSession | None = None
        self.address = ""

    def latest(self) -> Snapshot:
        assert self._session is not None
        return self._session.latest()

    @contextmanager
    def running(self) -> Iterator["Beside"]:
        thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        thread.start()
        try:
            assert self._is_up.wait(30)
            yield self
        finally:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._stop.set)
            thread.join()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        channel = FakeChannel()
        async with stage(
            spec("api", group="web"),
            settings=told_by("ops"),
            open_channel=channel.open,
        ) as on:
            on.probe().script = [FAILED]
            await on.pass_time(20)
            self._session = LocalSession(on.hub)
            self._session.attach(self._loop, on.conductor.control.handle)
            token = Secret(self._token) if self._token else None
            way = HttpWay(
                self._place, token=token, inside=Inside(session=self._session)
            )
            await way.open(on.conductor.heart)
            self.address = way.address
            self._is_up.set()
            try:
                await self._stop.wait()
            finally:
                await way.close()
