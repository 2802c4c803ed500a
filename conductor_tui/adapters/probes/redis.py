"""The redis probe: PING over a connection that is kept between checks.

The protocol (RESP, redis.io/docs/latest/develop/reference/protocol-spec) is one array
out, one line in. Anything that answers in RESP (Valkey, KeyDB) is asked the same way.
"""

import asyncio
from dataclasses import dataclass

from conductor_tui.adapters.probes.address import (
    Address,
    network_finding,
    parse_address,
)
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Probe

DEFAULT_PORT = 6379
_PING = b"*1\r\n$4\r\nPING\r\n"
_LINE_LIMIT = 4096
_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is "host:port", or "host" for port 6379."""

    target: str

    def __post_init__(self) -> None:
        parse_address(self.target, kind="redis", default_port=DEFAULT_PORT)


class RedisProbe:
    """Keeps one connection. Satisfies ports.Probe."""

    def __init__(self, options: Options) -> None:
        self._address = _address(options)
        self._kept: _Streams | None = None
        self._closings = 0

    async def __call__(self) -> Finding:
        try:
            return judge(await self._ping(self._closings))
        except OSError as error:
            return network_finding(error, self._address.host)

    def close(self) -> None:
        """Let go of the kept connection. A later call opens another."""
        self._closings += 1
        kept, self._kept = self._kept, None
        if kept is not None:
            _hang_up(kept)

    async def _ping(self, closings: int) -> bytes:
        """Ask over the kept connection; where the server has closed that one
        meanwhile (a restart, its `timeout` setting), over a new one.

        `closings` is how often the probe had been closed when the check began.
        """
        kept, self._kept = self._kept, None
        if kept is not None:
            answer = await self._ask_kept(kept, closings)
            if answer:
                return answer
        return await self._ask(await _connect(self._address), closings)

    async def _ask_kept(self, kept: _Streams, closings: int) -> bytes:
        """Return b"" when the connection turns out to be dead."""
        try:
            return await self._ask(kept, closings)
        except ConnectionError:
            return b""

    async def _ask(self, streams: _Streams, closings: int) -> bytes:
        """Return the first line of the answer, b"" at the end of the connection."""
        reader, writer = streams
        answer = b""
        try:
            writer.write(_PING)
            answer = await _read_line(reader)
        finally:
            self._keep_or_hang_up(streams, answer, closings)
        return answer

    def _keep_or_hang_up(self, streams: _Streams, answer: bytes, closings: int) -> None:
        """Keep the connection only after exactly one line. Half an answer left behind,
        by a cancellation too, would be read as the answer to the next PING. One that
        was in use when the probe was closed is not kept either.
        """
        is_whole = answer[:1] in (b"+", b"-") and answer.find(b"\n") == len(answer) - 1
        if is_whole and self._kept is None and closings == self._closings:
            self._kept = streams
        else:
            _hang_up(streams)


def judge(answer: bytes) -> Finding:
    """Say what one line of answer means."""
    said = answer[:400].decode(errors="replace").strip()
    shown = one_line(said)
    if not answer:
        words = "closed the connection without an answer"
        return Finding(Outcome.FAILED, words)
    if shown == "+PONG":
        return Finding(Outcome.PASSED, "PONG")
    if not shown.startswith(("+", "-")):
        return Finding(Outcome.FAILED, f"not a Redis answer: '{one_line(said, 60)}'")
    match shown.split()[0]:
        case "-NOAUTH":
            return Finding(Outcome.PASSED, "alive, asks for a password")
        case "-NOPERM":
            return Finding(Outcome.PASSED, "alive, does not permit PING")
        case "-LOADING":
            return Finding(Outcome.FAILED, "loading its data set")
        case "-MASTERDOWN":
            return Finding(Outcome.FAILED, "its master is down, and its data is stale")
        case _:
            return Finding(Outcome.FAILED, f"answered '{one_line(said[1:], 160)}'")


def open_probe(options: Options) -> Probe:
    return RedisProbe(options)


def shown_target(options: Options) -> str:
    return str(_address(options))


def _address(options: Options) -> Address:
    return parse_address(options.target, kind="redis", default_port=DEFAULT_PORT)


async def _connect(address: Address) -> _Streams:
    return await asyncio.open_connection(address.host, address.port, limit=_LINE_LIMIT)


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    """Read to the end of a line, of the connection, or of anybody's patience.

    Something that is not Redis need not send a line at all, so its first byte is
    enough to stop at.
    """
    line = await reader.read(_LINE_LIMIT)
    while line[:1] in (b"+", b"-") and b"\n" not in line and len(line) < _LINE_LIMIT:
        more = await reader.read(_LINE_LIMIT - len(line))
        if not more:
            break
        line += more
    return line


def _hang_up(streams: _Streams) -> None:
    streams[1].transport.abort()
