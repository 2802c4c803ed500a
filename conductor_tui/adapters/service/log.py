"""The daemon's log: structlog, a line an event, written by a thread of its own.

Whoever reads our stderr may stand still, and then so does a write to it: the engine
only ever puts lines into a queue. What finds no room there is counted, and that is said
with the next line that does.
"""

import os
import threading
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Any

import structlog

MOST_WAITING, FLUSH_WITHIN_S = 10_000, 1.0
LEVELS = ("debug", "info", "warning", "error")


class Log:
    """`format` is "json" or "console", `level` the least of LEVELS that is written."""

    def __init__(self, format: str, level: str, file: int = 2) -> None:
        self._file, self._least = file, LEVELS.index(level)
        self._queue: Queue[str | None] = Queue(MOST_WAITING)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._logger: Any = structlog.wrap_logger(
            _Sink(self._put),
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _renderer(format, os.isatty(file)),
            ],
            wrapper_class=structlog.BoundLogger,
        )
        self._thread.start()

    @property
    def is_verbose(self) -> bool:
        """True where every check has its line."""
        return self._least == 0

    def say(self, level: str, words: str, **fields: object) -> None:
        """Log one line; fields that say nothing are left out. Never waits."""
        if LEVELS.index(level) < self._least:
            return
        said = {key: value for key, value in fields.items() if value not in (None, "")}
        self._logger.msg(words, level=level, **said)

    def close(self) -> None:
        """Write what waits, if it can be written soon."""
        with suppress(Full):
            self._queue.put_nowait(None)
            self._thread.join(FLUSH_WITHIN_S)

    def _put(self, line: str) -> None:
        try:
            self._queue.put_nowait(line)
        except Full:
            self._dropped += 1

    def _write_all(self) -> None:
        while (line := self._queue.get()) is not None:
            lines = [line]
            with suppress(Empty):
                while len(lines) < MOST_WAITING:
                    more = self._queue.get_nowait()
                    if more is None:
                        self._write(lines)
                        return
                    lines.append(more)
            self._write(lines)

    def _write(self, lines: list[str]) -> None:
        text = "".join(f"{line}\n" for line in lines).encode(errors="replace")
        with suppress(OSError):  # nobody reads any more
            while text:
                text = text[os.write(self._file, text) :]
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self.say("warning", f"{dropped} lines of this log found no reader")


class _Sink:
    """What structlog calls a logger: it gets finished lines."""

    def __init__(self, put: Any) -> None:
        self.msg = put


def _renderer(format: str, is_terminal: bool) -> Any:
    if format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=is_terminal and "NO_COLOR" not in os.environ
    )
