"""The system's log at its unix socket: one datagram per notice.

The form is that of RFC 3164 as local daemons read it, without a time of our own (it
is in the JSON, and rsyslog and journald put theirs): `<26>conductor-tui[812]: {...}`.
"""

import asyncio
import os
import socket
from contextlib import closing

from conductor_tui.adapters.channels.document import document, json_line
from conductor_tui.adapters.channels.words import is_over
from conductor_tui.domain.alert import Notice, Severity
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.text import one_line, visible

LONGEST = 8000  # bytes; rsyslog cuts off what is longer than 8 KiB
_DAEMON = 3 << 3
_NOTICE = 5
_PRIORITIES = {Severity.CRITICAL: 2, Severity.WARNING: 4, Severity.INFO: 6}


class SyslogChannel:
    """Satisfies ports.Channel. The socket is opened for each notice, so a log daemon
    that was started anew is no trouble.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    async def deliver(self, notice: Notice) -> None:
        try:
            await self._send(datagram(notice, os.getpid()))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise DeliveryFailed(
                one_line(
                    f"no system log at {visible(self._path)}: {why}: write a path, or "
                    "the socket of the log daemon"
                )
            ) from error

    async def close(self) -> None:
        """There is nothing to let go of: the socket is closed after each notice."""

    async def _send(self, message: bytes) -> None:
        loop = asyncio.get_running_loop()
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as unix:
            unix.setblocking(False)
            unix.connect(self._path)
            await loop.sock_sendall(unix, message)  # waits while its queue is full


def datagram(notice: Notice, pid: int) -> bytes:
    """Return the message. A group too long for it is told without its members, and
    `members_left_out` says how many there were.
    """
    priority = _DAEMON | (_NOTICE if is_over(notice) else _PRIORITIES[notice.severity])
    table = dict(document(notice))
    head = f"<{priority}>conductor-tui[{pid}]: "
    if len(_bytes(head + json_line(table))) > LONGEST:
        table |= {"members": [], "members_left_out": len(notice.members)}
    return _bytes(head + json_line(table))


def _bytes(text: str) -> bytes:
    return text.encode(errors="backslashreplace")
