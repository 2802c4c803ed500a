"""What systemd is told: sd_notify(3) and sd_watchdog_enabled(3), over its datagrams."""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

_MICRO = 1_000_000


class Notifier:
    """Says nothing where nobody listens: without systemd all of it does nothing."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self._watchdog = _watchdog_s(environ)
        self._status = ""
        self._socket: socket.socket | None = None
        if self._address.startswith(("/", "\0")):
            kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
            self._socket = socket.socket(socket.AF_UNIX, kind)

    @property
    def beat_every_s(self) -> float | None:
        """Half of what the watchdog waits; None: nobody waits."""
        is_watched = self._socket is not None and self._watchdog is not None
        return self._watchdog / 2 if is_watched and self._watchdog else None

    def ready(self) -> None:
        self._say("READY=1")

    def reloading(self) -> None:
        """Say so; `ready` ends it. The moment is what systemd puts it in order by."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._say(f"RELOADING=1\nMONOTONIC_USEC={now}")

    def stopping(self, within_s: float) -> None:
        """Say so, and ask for as long as the drain may take."""
        wanted = round((within_s + 5) * _MICRO)
        self._say(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={wanted}")

    def alive(self) -> None:
        self._say("WATCHDOG=1")

    def status(self, words: str) -> None:
        """Show one sentence in `systemctl status`; the same again is not said."""
        if words != self._status:
            self._status = words
            self._say(f"STATUS={words}")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _say(self, words: str) -> None:
        if self._socket is not None:
            with suppress(OSError):  # nobody reads: that is no concern of ours
                self._socket.sendto(words.encode(), self._address)


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    whose = environ.get("WATCHDOG_PID", "")
    if whose and whose != str(os.getpid()):
        return None
    given = environ.get("WATCHDOG_USEC", "")
    return int(given) / _MICRO if given.isdigit() and int(given) else None
