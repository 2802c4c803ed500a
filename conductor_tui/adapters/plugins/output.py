"""What a worker writes to stdout and stderr: lines, for the log, within limits.

A flood must not keep our loop busy: so much is read at a time, then the worker waits
for us. What is more than a person reads is counted, not kept.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from conductor_tui.domain.plugin import LogLine
from conductor_tui.domain.text import visible

CHUNK, PAUSE_S = 64 * 1024, 0.1  # at most so much is read in this time
LONGEST = 400  # characters of a line
KEPT = 100  # lines until somebody takes them
_MINUTE_S = 60.0


class Output:
    """The reading ends of both pipes. `flooded` is called once more than `limit` bytes
    came within a minute.
    """

    def __init__(
        self, limit: int, now: Callable[[], datetime], flooded: Callable[[], object]
    ) -> None:
        self._limit, self._now, self._flooded = limit, now, flooded
        self._loop = asyncio.get_running_loop()
        self._lines: deque[LogLine] = deque()
        self._left_out = 0
        self._read: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._streams: list[_Stream] = []

    def open(self) -> tuple[int, int]:
        """Begin to read. Returns the writing ends, which are the caller's to close."""
        ends = []
        for name in ("stdout", "stderr"):
            reading, writing = os.pipe()
            os.set_blocking(reading, False)
            self._streams.append(_Stream(name, reading, self._loop, self._take))
            ends.append(writing)
        return ends[0], ends[1]

    def take(self) -> Sequence[LogLine]:
        """Return the lines since the last call, oldest first, and how many more there
        were.
        """
        lines = list(self._lines)
        self._lines.clear()
        if self._left_out:
            words = f"{self._left_out} more lines were left out"
            lines.append(LogLine(at=self._now(), text=words, stream=""))
            self._left_out = 0
        return lines

    def close(self) -> None:
        """Read what is there, and no more. Safe to call twice."""
        for stream in self._streams:
            stream.close()
        self._streams.clear()

    def _take(self, name: str, lines: Sequence[bytes], count: int) -> None:
        room = KEPT - len(self._lines)
        for line in lines[:room]:
            text = visible(line.decode(errors="backslashreplace"), LONGEST)
            self._lines.append(LogLine(at=self._now(), text=text, stream=name))
        self._left_out += max(0, len(lines) - room)
        now = self._loop.time()
        self._read.append((now, count))
        self._sum += count
        while self._read and self._read[0][0] < now - _MINUTE_S:
            self._sum -= self._read.popleft()[1]
        if self._sum > self._limit:
            self._flooded()


class _Stream:
    def __init__(
        self,
        name: str,
        end: int,
        loop: asyncio.AbstractEventLoop,
        took: Callable[[str, Sequence[bytes], int], None],
    ) -> None:
        self._name, self._end, self._loop, self._took = name, end, loop, took
        self._begun = b""  # of a line that is not whole yet
        self._again: asyncio.TimerHandle | None = None
        self._slot, self._in_slot = 0.0, 0
        loop.add_reader(end, self._read)

    def _read(self) -> None:
        try:
            some = os.read(self._end, CHUNK)
        except BlockingIOError:
            return
        if not some:
            self._loop.remove_reader(self._end)
            return
        self._split(some)
        now = self._loop.time()
        if now - self._slot > PAUSE_S:
            self._slot, self._in_slot = now, 0
        self._in_slot += len(some)
        if self._in_slot >= CHUNK:  # enough for now: let it wait
            self._loop.remove_reader(self._end)
            self._again = self._loop.call_later(PAUSE_S, self._resume)

    def _resume(self) -> None:
        self._again = None
        self._loop.add_reader(self._end, self._read)

    def _split(self, some: bytes) -> None:
        *lines, rest = (self._begun + some).split(b"\n")
        if len(rest) > LONGEST * 4:  # no line, or none that a person would read
            lines, rest = [*lines, rest], b""
        self._begun = rest
        self._took(self._name, [line[: LONGEST * 4] for line in lines], len(some))

    def close(self) -> None:
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._end)
        try:
            some = os.read(self._end, CHUNK)
        except OSError:
            some = b""
        ended = b"" if not (self._begun or some) else b"\n"
        if ended:
            self._split(some if some.endswith(b"\n") else some + ended)
        os.close(self._end)
