"""What a worker does: it answers frames until its socket ends.

Each frame is a task of its own, but `load`, `initialize` and `shutdown`, which come one
at a time. What the conductor cancels is cancelled, and answered with that.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from conductor_tui.plugin import (
    ConfigInvalid,
    PluginError,
    Request,
    RequestRefused,
)
from conductor_tui.worker.frames import PROTOCOL, Frames, NoFrame, encode
from conductor_tui.worker.hosted import Garbage, Hosted, Raised
from conductor_tui.worker.loading import LoadFailed
from conductor_tui.worker.tagging import REQUEST, end_lines, tag_lines

Answer = dict[str, Any]
CHUNK = 256 * 1024
_KINDS: dict[type[BaseException], str] = {
    ConfigInvalid: "config",
    LoadFailed: "load",
    RequestRefused: "refused",
    PluginError: "failed",
    Garbage: "garbage",
    Raised: "raised",
}


def serve(connection: socket.socket) -> None:
    """Serve until the other side is gone, or said so. Returns once nothing is left to
    say; whoever calls it ends the process, threads of the plug-in and all.
    """
    connection.setblocking(False)
    tag_lines()
    asyncio.run(_Serving(connection).run())


class _Serving:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._hosted: Hosted | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()
        self._is_over = asyncio.Event()

    async def run(self) -> None:
        await self._send({"hello": PROTOCOL, "pid": os.getpid()})
        reading = asyncio.create_task(self._read(), name="frames")
        await self._is_over.wait()
        reading.cancel()

    async def _read(self) -> None:
        frames, loop = Frames(), asyncio.get_running_loop()
        try:
            while some := await loop.sock_recv(self._connection, CHUNK):
                for message in frames.feed(some):
                    self._take(message)
        except (OSError, NoFrame):
            pass  # the conductor is gone, or the plug-in closed our descriptor
        finally:
            self._is_over.set()

    def _take(self, message: dict[str, Any]) -> None:
        number, do = int(message["n"]), message["do"]
        if do == "cancel":
            task = self._tasks.get(int(message["which"]))
            if task is not None:
                task.cancel()
            return
        task = asyncio.create_task(self._answer(number, do, message), name=do)
        self._tasks[number] = task
        task.add_done_callback(lambda done: self._tasks.pop(number, None))

    async def _answer(self, number: int, do: str, message: dict[str, Any]) -> None:
        try:
            answer: Answer = {"n": number, "ok": await _DO[do](self, message)}
        except asyncio.CancelledError:
            answer = {"n": number, "error": {"kind": "cancelled", "words": "cancelled"}}
        except tuple(_KINDS) as error:
            answer = {"n": number, "error": _error(error)}
        await self._send(answer)
        if do == "shutdown":
            self._is_over.set()

    async def _send(self, message: Answer) -> None:
        try:
            frame = encode(message)
        except (TypeError, ValueError) as error:  # a reply that is too large
            words = f"its reply cannot be sent: {error}"
            told = {"kind": "garbage", "words": words}
            frame = encode({"n": message["n"], "error": told})
        loop = asyncio.get_running_loop()
        async with self._sending:  # else two large frames would be mixed
            try:
                await loop.sock_sendall(self._connection, frame)
            except OSError:
                self._is_over.set()

    async def load(self, message: dict[str, Any]) -> Answer:
        sys.path[:] = message["path"]
        if message["is_file"]:
            sys.path.insert(0, os.path.dirname(message["reference"]))
        self._hosted = Hosted.load(
            message["reference"], message["config"], is_file=message["is_file"]
        )
        return {"requires": self._hosted.requires}

    async def initialize(self, message: dict[str, Any]) -> Answer:
        await self._loaded.initialize()
        return {}

    async def check(self, message: dict[str, Any]) -> Answer:
        return asdict(await self._loaded.check())

    async def ask(self, message: dict[str, Any]) -> Answer:
        request = Request(**message["request"])
        REQUEST.set(request.id)  # of this task, and of what it begins
        try:
            reply = await self._loaded.ask(request)
        finally:
            end_lines(request.id)
        return {"payload": reply.payload, "detail": reply.detail}

    async def ping(self, message: dict[str, Any]) -> Answer:
        return {}

    async def shutdown(self, message: dict[str, Any]) -> Answer:
        if self._hosted is not None:
            await self._hosted.shutdown()
        return {}

    @property
    def _loaded(self) -> Hosted:
        if self._hosted is None:
            raise LoadFailed("it was not loaded")
        return self._hosted


_DO: dict[str, Callable[[_Serving, dict[str, Any]], Awaitable[Answer]]] = {
    "load": _Serving.load,
    "initialize": _Serving.initialize,
    "check": _Serving.check,
    "ask": _Serving.ask,
    "ping": _Serving.ping,
    "shutdown": _Serving.shutdown,
}


def _error(error: BaseException) -> Answer:
    kind = next(kind for of, kind in _KINDS.items() if isinstance(error, of))
    told: Answer = {"kind": kind, "words": str(error) or type(error).__name__}
    if isinstance(error, PluginError) and error.retry_after_s is not None:
        told["retry_after_s"] = float(error.retry_after_s)
    return told
