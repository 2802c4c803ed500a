"""What the terminal can do, asked before anything is drawn on it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from conductor_tui.domain.text import visible
from conductor_tui.tui.present.figures import ScreenFigures

if TYPE_CHECKING:  # what is refused must not pay for Textual
    from textual.app import App
    from textual.driver import Driver

    from conductor_tui.tui.meter import Meter

# Textual's writer holds 30 writes; a further one blocks the whole event loop.
BACKLOG_LIMIT = 6


def refusal(environ: Mapping[str, str], streams: Mapping[str, TextIO | None]) -> str:
    """Say why the dashboard cannot run here, and the way out; "" when it can.

    `streams` are the standard ones by name. Textual reads keys from stdin and draws
    on stderr; who sends stdout elsewhere wants text, not a dashboard.
    """
    for name, stream in streams.items():
        if stream is None or not stream.isatty():
            return (
                f"{name} is not a terminal, and the dashboard needs one: "
                "use `conductor-tui status --once` for text"
            )
    if environ.get("TERM", "") in ("", "dumb", "unknown"):
        return (
            f"TERM={environ.get('TERM', '')!r} cannot move the cursor: set TERM to "
            "what your terminal is (such as xterm-256color), or use "
            "`conductor-tui status --once` for text"
        )
    return ""


def wants_ascii(environ: Mapping[str, str], encoding: str) -> bool:
    """True when the locale, or the encoding of the output, is not UTF-8.

    A locale that nobody set says nothing: then the output's encoding decides.
    """
    asked = next(filter(None, map(environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    return any(
        name and name.lower().replace("-", "").find("utf8") < 0
        for name in (asked, encoding)
    )


def as_it_came(
    environ: Mapping[str, str], first: Path = Path("/proc/self/environ")
) -> Mapping[str, str]:
    """Return `environ` without the LC_CTYPE that Python itself may have set.

    In a C locale, and in one that is not installed here, Python puts a UTF-8 one in
    its place (PEP 538): that hides what LANG says of the terminal. `first` is the
    environment that the process was started with; elsewhere than on Linux: unknown.
    """
    try:
        began = first.read_bytes().split(b"\0")
    except OSError:
        return environ
    if any(entry.startswith(b"LC_CTYPE=") for entry in began):
        return environ
    return {name: value for name, value in environ.items() if name != "LC_CTYPE"}


def backlog(driver: "Driver | None") -> int:
    """Return how many writes wait for the terminal: many, when it is stalled."""
    writer = getattr(driver, "_writer_thread", None)
    return int(writer._queue.qsize()) if writer else 0


def colors(system: str | None) -> int:
    """Return how many colours Rich's colour system has."""
    return {"truecolor": 1 << 24, "256": 256, "standard": 16}.get(system or "", 0)


def has_shell_behind() -> bool:
    """True when a shell with job control can bring us back after a suspend.

    The first process of a session (`ssh host conductor-tui`) has none: it would
    sleep for ever.
    """
    return os.getsid(0) != os.getpid() and os.getpgrp() != os.getsid(0)


def standard_streams() -> Mapping[str, TextIO | None]:
    """Return the streams that the process was started with, by name."""
    return {
        "stdin": sys.__stdin__,
        "stdout": sys.__stdout__,
        "stderr": sys.__stderr__,
    }


def figures(app: "App[None]", meter: "Meter", *, ascii: bool) -> ScreenFigures:
    """Return what is known of the app's terminal, and what was written to it."""
    frames_per_s, bytes_per_s = meter.rates()
    errors = sys.__stderr__
    return ScreenFigures(
        frames=meter.frames,
        written_bytes=meter.written_bytes,
        frames_per_s=frames_per_s,
        bytes_per_s=bytes_per_s,
        traffic=meter.traffic(),
        width=app.size.width,
        height=app.size.height,
        colors=colors(app.console.color_system),
        term=visible(os.environ.get("TERM", ""), 40),
        encoding=errors.encoding if errors else "",
        theme=app.theme.removeprefix("conductor-"),
        ascii=ascii,
    )
