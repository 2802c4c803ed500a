"""Calls to a worker over its socket: frames out, answers in, each to who asked."""

import asyncio
import socket
from collections.abc import Callable
from itertools import count
from typing import Any

from conductor_tui.adapters.plugins.answers import NoAnswer, Trouble, trouble_of
from conductor_tui.domain.plugin_calls import PluginBusy
from conductor_tui.worker.frames import PROTOCOL, Frames, NoFrame, encode

CHUNK = 64 * 1024
MOST_UNSENT = 8 * 1024 * 1024  # bytes that a worker has not taken


class Gone(Exception):
    """The worker is dead, or about to be: there will be no answer."""


class Connection:
    """Our end. `broke` is called once, with why, when the other end is gone or talks
    garbage.
    """

    def __init__(self, ours: socket.socket, broke: Callable[[str], object]) -> None:
        ours.setblocking(False)
        self._socket, self._broke = ours, broke
        self._loop = asyncio.get_running_loop()
        self._frames, self._numbers = Frames(), count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._given_up: dict[int, float] = {}
        self._hello: asyncio.Future[None] = self._loop.create_future()
        self._unsent = bytearray()
        self._is_open = True
        self._loop.add_reader(ours.fileno(), self._read)

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    def oldest_given_up_s(self) -> float:
        """Return for how long the worker has not answered what was cancelled."""
        if not self._given_up:
            return 0.0
        return self._loop.time() - min(self._given_up.values())

    async def greeted(self) -> None:
        """Wait for the hello. Raises Gone."""
        await asyncio.shield(self._hello)

    async def call(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Return the answer. Cancelled, so is the call over there.

        Raises Gone, Trouble for an error that was answered, PluginBusy where too much
        waits to be sent already, and ValueError for what cannot be sent.
        """
        if not self._is_open:
            raise Gone("it has ended")
        number = next(self._numbers)
        frame = encode({"n": number, "do": do, **arguments})
        if len(self._unsent) + len(frame) > MOST_UNSENT:
            raise PluginBusy("it does not take what it is sent")
        answered: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._waiting[number] = answered
        self._send(frame)
        try:
            return await answered
        except asyncio.CancelledError:
            if not answered.done() or answered.cancelled():
                self._given_up[number] = self._loop.time()
                self._tell_cancelled(number)
            raise
        finally:
            self._waiting.pop(number, None)

    def close(self, why: str) -> None:
        """End every call with Gone. Safe to call twice."""
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        waiting: list[asyncio.Future[Any]] = [self._hello, *self._waiting.values()]
        for answered in waiting:
            if not answered.done():
                answered.set_exception(Gone(why))
                answered.exception()  # nobody may be waiting: that is no news

    def _tell_cancelled(self, number: int) -> None:
        if self._is_open:
            frame = encode({"n": next(self._numbers), "do": "cancel", "which": number})
            self._send(frame)

    def _send(self, frame: bytes) -> None:
        is_first = not self._unsent
        self._unsent += frame
        if is_first:
            self._write()

    def _write(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:  # the reader hears of it
            self._unsent.clear()
            sent = 0
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._socket.fileno(), self._write)
        else:
            self._loop.remove_writer(self._socket.fileno())

    def _read(self) -> None:
        try:
            some = self._socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            some = b""
        if not some:
            self._loop.remove_reader(self._socket.fileno())
            self._broke("it closed its connection")
            return
        try:
            for message in self._frames.feed(some):
                self._take(message)
        except (NoFrame, NoAnswer) as error:
            self._loop.remove_reader(self._socket.fileno())
            self._broke(f"it sent garbage: {error}")

    def _take(self, message: dict[str, Any]) -> None:
        if not self._hello.done():
            if message.get("hello") != PROTOCOL:
                raise NoAnswer(f"no hello of protocol {PROTOCOL}")
            self._hello.set_result(None)
            return
        number = message.get("n")
        if not isinstance(number, int):
            raise NoAnswer("an answer without a number")
        if self._given_up.pop(number, None) is not None:
            return
        answered = self._waiting.get(number)
        if answered is None:
            raise NoAnswer("an answer that nobody waits for")
        if answered.done():
            return
        if isinstance(ok := message.get("ok"), dict):
            answered.set_result(ok)
        else:
            answered.set_exception(trouble_of(message.get("error")))


__all__ = ["Connection", "Gone", "Trouble"]
