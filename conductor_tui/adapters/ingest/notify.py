"""sd_notify: what a service tells systemd, told to us instead.

Each agent has a socket of its own, so no process can speak for another agent than the
one whose socket it was given in NOTIFY_SOCKET. Source: sd_notify(3).
"""

import array
import asyncio
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from conductor_tui.adapters.ingest.datagrams import AT_ONCE
from conductor_tui.adapters.ingest.line import LONGEST
from conductor_tui.adapters.ingest.places import bind_unix, let_go, prepare_folder
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Ear

_MOST_SENT = 253  # descriptors in one datagram: SCM_MAX_FD of the kernel
_ROOM = socket.CMSG_SPACE(_MOST_SENT * array.array("i").itemsize)
_ROOM += socket.CMSG_SPACE(64)  # credentials
_MICROSECONDS = 1e6


class NotifySocket:
    """The way in of one agent. Satisfies ports.Way."""

    name = "sd_notify"

    def __init__(self, agent: AgentId, folder: Path) -> None:
        self._agent = agent
        self._path = folder / f"{quote(agent, safe=':@+,=~')}.sock"
        self._ear: Ear | None = None
        self._open: tuple[socket.socket, int] | None = None

    @property
    def address(self) -> str:
        return f"NOTIFY_SOCKET={self._path}"

    async def open(self, ear: Ear) -> None:
        prepare_folder(self._path.parent.parent)
        sock = bind_unix(self._path, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._ear, self._open = ear, (sock, os.lstat(self._path).st_ino)
        asyncio.get_running_loop().add_reader(sock, self._drain)

    async def close(self) -> None:
        if self._open is not None:
            (sock, inode), self._open = self._open, None
            asyncio.get_running_loop().remove_reader(sock)
            let_go(sock, self._path, inode)

    def _drain(self) -> None:
        if self._open is None or self._ear is None:
            return
        for _ in range(AT_ONCE):
            try:
                datagram, sent, _, _ = self._open[0].recvmsg(
                    LONGEST + 1, _ROOM, socket.MSG_CMSG_CLOEXEC
                )
            except BlockingIOError:
                return
            _close_all(sent)
            self._take(datagram, self._ear)

    def _take(self, datagram: bytes, ear: Ear) -> None:
        if len(datagram) > LONGEST:
            ear.turn_away(f"longer than {LONGEST} bytes")
            return
        try:
            beat = read_state(self._agent, _assignments(datagram))
        except ValueError as error:
            ear.turn_away(one_line(str(error)))
            return
        if beat is not None:
            ear.hear(beat)


def read_state(agent: AgentId, said: Mapping[str, str]) -> Beat | None:
    """Return the heartbeat; None where nothing was said that is of an agent's health.

    Raises ValueError in words for a number that is none.
    """
    kind = _kind(said)
    words = said.get("STATUS", "")
    extends_us = _number(said, "EXTEND_TIMEOUT_USEC")
    if kind is None and not words and extends_us is None:
        return None
    errno = _number(said, "ERRNO")
    if errno and not words:
        words = os.strerror(errno)
    return Beat(
        agent=agent,
        kind=kind or BeatKind.LOG,
        words=words,
        extends_s=None if extends_us is None else extends_us / _MICROSECONDS,
        exit_code=_number(said, "EXIT_STATUS"),
        via="sd_notify",
    )


def _kind(said: Mapping[str, str]) -> BeatKind | None:
    if said.get("WATCHDOG") == "trigger" or _number(said, "ERRNO"):
        return BeatKind.FAIL
    if said.get("STOPPING") == "1":
        return BeatKind.STOP
    if said.get("READY") == "1" or said.get("WATCHDOG") == "1":
        return BeatKind.BEAT
    return BeatKind.LOG if said.get("RELOADING") == "1" else None


def _number(said: Mapping[str, str], key: str) -> int | None:
    text = said.get(key)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(f"{key} is no number")
    return int(text)


def _assignments(datagram: bytes) -> dict[str, str]:
    """Return KEY=VALUE by key; what is no assignment is left out, as systemd does."""
    lines = datagram.decode(errors="replace").split("\n")
    parts = (line.partition("=") for line in lines)
    return {key: value for key, found, value in parts if found}


def _close_all(sent: "list[tuple[int, int, bytes]]") -> None:
    """Close every descriptor that came along: BARRIER=1 waits for just that, and any
    other would stay open for ever.
    """
    for level, kind, data in sent:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors = array.array("i")
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
            for descriptor in descriptors:
                os.close(descriptor)
