"""A Session with a conductor in another process: it reads the stream in a thread.

Nothing here is asyncio or aiohttp: a dashboard that attaches must be there at once. The
state is folded as the engine folds it. When the conductor is not heard any more the
last state stays, marked STALE, and its clock stands still; it is asked again with
growing waits, and what comes then is a new snapshot.
"""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Any, NamedTuple
from urllib.parse import quote

from conductor_tui.adapters.api.client import Client
from conductor_tui.adapters.wire.commands import command_body
from conductor_tui.adapters.wire.frames import Parts, read_envelopes
from conductor_tui.domain.commands import Command, platform_of, subject, verb
from conductor_tui.domain.errors import AskRefused, NobodyListens, SessionLost
from conductor_tui.domain.events import CommandAnswered, Envelope
from conductor_tui.domain.fold import replay
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.domain.text import one_line
from conductor_tui.domain.viewer import Lost
from conductor_tui.ports import Backoff, Clock, Frame

PROTOCOL = 1
SILENT_S = 10.0  # it says that it is alive every three seconds
_READ = 262_144
_MOST_LINE = 64 * 1024 * 1024
_CONFLICT, _COMMANDS = 409, "/v1/commands"
ASK_AT_ONCE_S = 0.05
CLOSED = "it has closed the connection"


class RemoteSession:
    """Satisfies ports.Session and ports.EngineHost: `run` reads until `stop`.

    `by` and `origin` are what the operator is called; the conductor may know better.
    """

    def __init__(
        self,
        client: Client,
        clock: Clock,
        backoff: Backoff,
        *,
        by: str,
        origin: str,
        redial: Callable[[], object] = lambda: None,
    ) -> None:
        """`redial` is called before each attempt but the first: a tunnel may have to
        be built anew. It raises NobodyListens.
        """
        self._client, self._clock, self._backoff = client, clock, backoff
        self._redial, self._by, self._origin = redial, by, origin
        self._snapshot = Snapshot()
        self._lock = threading.Lock()  # of who changes the snapshot
        self._stop = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._commands: SimpleQueue[_Asked | None] = SimpleQueue()
        self._waiting = 0  # commands whose answer has not come
        self._counting = threading.Lock()
        self._followers: dict[_Follower, None] = {}
        self.known_as = by
        self.skew_s = 0.0
        self._heard_at: datetime | None = None

    # Satisfying ports.Session

    def latest(self) -> Snapshot:
        return self._snapshot

    async def follow(self) -> AsyncIterator[Frame]:
        follower = _Follower(asyncio.get_running_loop())
        with self._lock:
            self._followers[follower] = None
            first = self._snapshot
        try:
            yield first
            while True:
                yield await follower.frames.get()
        finally:
            with self._lock:
                self._followers.pop(follower, None)

    def send(self, command: Command) -> None:
        lost = self._snapshot.lost
        if lost is not None:
            raise SessionLost(f"the conductor is not heard: {lost.why}")
        with self._counting:
            is_alone, self._waiting = not self._waiting, self._waiting + 1
        begun = self._begin(command) if is_alone else None
        self._commands.put(_Asked(command, begun))

    def _begin(self, command: Command) -> http.client.HTTPConnection | None:
        """Ask at once where that takes no time: the screen is about to be drawn anew,
        and another thread would get its turn only then.
        """
        if not self._client.via.startswith("unix:"):
            return None
        said = command_body(command)
        return self._client.begin("POST", _COMMANDS, said, ASK_AT_ONCE_S)

    # Satisfying ports.EngineHost

    def run(self) -> None:
        sender = threading.Thread(target=self._send_all, name="commands", daemon=True)
        sender.start()
        attempt = 0
        while not self._stop.is_set():
            try:
                if attempt:
                    self._redial()
                for frame in self._frames():
                    attempt = 0
                    self._take(frame)
                why = CLOSED
            except NobodyListens as error:
                why = str(error)
            except (OSError, http.client.HTTPException, ValueError) as error:
                why = _words(error)
            attempt += 1
            self._lose(why, self._backoff(attempt))
        self._commands.put(None)

    def stop(self) -> None:
        self._stop.set()
        self._commands.put(None)
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    # Reading

    def _frames(self) -> Iterator[Frame]:
        parts = Parts()
        for line in self._lines():
            self._heard_at = self._now()
            said = json.loads(line)
            if "hello" in said:
                self._greet(said["hello"])
            elif "events" in said:
                yield from self._news(said["events"])
            else:
                whole = parts.take(said)
                if whole is not None:
                    yield whole

    def _lines(self) -> Iterator[bytes]:
        """Yield what stands on each line, until the connection ends."""
        query = f"viewer={quote(self._by)}&origin={quote(self._origin)}"
        connection = self._connection = self._client.connection(SILENT_S)
        try:
            rights = self._client.rights()
            connection.request("GET", f"/v1/stream?{query}", headers=rights)
            answer = connection.getresponse()
            if answer.status != http.HTTPStatus.OK:
                raise NobodyListens(_refusal(answer))
            yield from _split(answer, self._stop)
        finally:
            self._connection = None
            connection.close()

    def _greet(self, hello: dict[str, Any]) -> None:
        if words := other_protocol(hello):
            raise NobodyListens(words)
        self.known_as = str(hello.get("you", {}).get("by", self._by))

    def _news(self, events: object) -> list[Envelope]:
        envelopes = read_envelopes(events)
        seen = self._snapshot.seq
        fresh = [one for one in envelopes if one.seq > seen]
        if fresh:
            self._measure(fresh[-1])
        return fresh

    def _measure(self, newest: Envelope) -> None:
        """Learn how far the other clock is from ours; below a second it is the way."""
        apart_s = (newest.at - self._clock.now()).total_seconds()
        self.skew_s = apart_s if abs(apart_s) > 1.0 else 0.0

    def _take(self, frame: Frame) -> None:
        with self._lock:
            if isinstance(frame, Snapshot):
                self._snapshot = frame
            else:
                self._snapshot = replay(self._snapshot, [frame])
            self._tell(frame)

    def _tell(self, frame: Frame) -> None:
        for follower in self._followers:
            follower.offer(frame)

    def _lose(self, why: str, wait_s: float) -> None:
        """Mark what is known as old, and wait until it is time to ask again."""
        if self._stop.is_set():
            return
        now = self._now()
        with self._lock:
            before = self._snapshot.lost
            lost = Lost(
                at=before.at if before else self._heard_at or now,
                why=one_line(why, 200),
                retry_at=now + timedelta(seconds=wait_s),
            )
            self._snapshot = replace(self._snapshot, mode=Mode.STALE, lost=lost)
            self._tell(self._snapshot)
        self._stop.wait(wait_s)

    def _now(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self.skew_s)

    # Commands

    def _send_all(self) -> None:
        while (asked := self._commands.get()) is not None:
            try:
                self._send(asked)
            except AskRefused as error:
                if error.status != _CONFLICT:  # else the engine's answer is an event
                    self._refuse(asked.command, str(error))
            except NobodyListens as error:
                words = f"whether it is done is not known: {error}"
                self._refuse(asked.command, words)
            with self._counting:
                self._waiting -= 1

    def _send(self, asked: "_Asked") -> None:
        if asked.begun is not None:
            self._client.end(asked.begun)
        else:
            self._client.ask("POST", _COMMANDS, command_body(asked.command))

    def _refuse(self, command: Command, words: str) -> None:
        """Put an answer into the state that the engine did not give."""
        answer = CommandAnswered(
            command=command.id,
            verb=verb(command),
            platform=platform_of(command),
            about=subject(command),
            granted=False,
            words=one_line(words, 400),
            by=command.by,
            origin=command.origin,
        )
        with self._lock:
            now, seen = self._snapshot, self._snapshot.seq
            envelope = Envelope(seq=seen, node=now.host, at=self._now(), event=answer)
            told = replay(now, [envelope])
            self._snapshot = replace(told, mode=now.mode)
            self._tell(envelope)


def other_protocol(hello: dict[str, Any]) -> str:
    """Say why we do not understand who says hello so; "" when we do."""
    protocol = one_line(str(hello.get("protocol")), 20)
    if protocol == str(PROTOCOL):
        return ""
    version = one_line(str(hello.get("version", "?")), 40)
    return (
        f"it speaks protocol {protocol} (conductor-tui {version}) and this one "
        f"protocol {PROTOCOL}: use the same version on both sides, or --inside"
    )


class _Asked(NamedTuple):
    """A command; `begun` where it was asked already, and only the answer is to come."""

    command: Command
    begun: http.client.HTTPConnection | None


class _Follower:
    """Somebody on a loop, in this program. Nothing is lost for them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.frames: asyncio.Queue[Frame] = asyncio.Queue()

    def offer(self, frame: Frame) -> None:
        with suppress(RuntimeError):  # its loop is closed
            self._loop.call_soon_threadsafe(self.frames.put_nowait, frame)


class RemoteClock:
    """The other side's wall clock, as well as we know it. It stands still while nobody
    is heard, and so does the age of all that is known. Satisfies ports.Clock.
    """

    def __init__(self, session: RemoteSession, clock: Clock) -> None:
        self._session, self._clock = session, clock
        self.monotonic, self.sleep = clock.monotonic, clock.sleep
        self.alarm, self.timeout = clock.alarm, clock.timeout

    def now(self) -> datetime:
        lost = self._session.latest().lost
        if lost is not None:
            return lost.at
        return self._clock.now() + timedelta(seconds=self._session.skew_s)


def _split(answer: http.client.HTTPResponse, stop: threading.Event) -> Iterator[bytes]:
    waiting: list[bytes] = []
    length = 0
    while not stop.is_set() and (read := answer.read1(_READ)):
        *lines, rest = read.split(b"\n")
        for line in lines:
            yield b"".join((*waiting, line))
            waiting, length = [], 0
        waiting.append(rest)
        length += len(rest)
        if length > _MOST_LINE:
            raise ValueError("a line without an end: that is no conductor")


def _refusal(answer: http.client.HTTPResponse) -> str:
    try:
        said = json.loads(answer.read(65_536))
        words = said.get("detail") or said.get("error")
    except (ValueError, AttributeError):
        words = None
    return one_line(str(words or f"{answer.status} {answer.reason}"), 200)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing was heard for {SILENT_S:g} s"
    if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected):
        return CLOSED
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return one_line(str(error), 200) or type(error).__name__
