"""What a plug-in writes while it handles a request begins with that request's id.

print, logging and warnings all write to sys.stdout and sys.stderr; a task, and a thread
of asyncio.to_thread, belong to the request that they were begun for. So a line in the
log is found by the id that the caller knows, and the plug-in need not do anything.
Lines of requests that run at the same time are not mixed: each is written whole.
"""

import io
import sys
from contextvars import ContextVar

REQUEST: ContextVar[str] = ContextVar("request", default="")
LONGEST = 4096  # characters of a line that is not written before it ends


class Tagged(io.TextIOWrapper):
    """A stream whose lines say which request they are about."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        stream.flush()
        encoding = stream.encoding
        super().__init__(
            stream.detach(), encoding, "backslashreplace", line_buffering=True
        )
        self._begun: dict[str, str] = {}

    def write(self, text: str, /) -> int:
        tag = REQUEST.get()
        if not tag:
            return super().write(text)
        *lines, rest = (self._begun.pop(tag, "") + text).split("\n")
        if len(rest) > LONGEST:
            lines, rest = [*lines, rest], ""
        if rest:
            self._begun[tag] = rest
        if lines:
            super().write("".join(f"[{tag}] {line}\n" for line in lines))
        return len(text)

    def end(self, tag: str) -> None:
        """Write what a request has begun and will not end."""
        rest = self._begun.pop(tag, "")
        if rest:
            super().write(f"[{tag}] {rest}\n")


def tag_lines() -> None:
    """Let stdout and stderr say from now on which request a line is about."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):  # not closed, nor a test's
            tagged = Tagged(stream)
            setattr(sys, name, tagged)
            setattr(sys, f"__{name}__", tagged)


def end_lines(tag: str) -> None:
    """A request is over."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Tagged):  # a plug-in may have replaced it
            stream.end(tag)
