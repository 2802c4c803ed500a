"""Sends heartbeats to a conductor: over HTTP, which answers, or as a datagram.

Standard library only: a command that beats from cron must start fast.
"""

import http.client
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from conductor_tui.adapters.ingest.line import LONGEST, RESERVED
from conductor_tui.adapters.ingest.places import BEATS_SOCKET
from conductor_tui.domain.errors import BeatRefused, NobodyListens
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.text import one_line
from conductor_tui.places import HTTP_SOCKET, runtime_folder

WITHIN_S = 2.0
_MOST_READ = 65_536
_FORMS = "unix:/path, http://host:port or udp://host:port"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A heartbeat to send. `metadata` is any JSON object."""

    agent: str
    kind: BeatKind = BeatKind.BEAT
    metadata: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    run: str = ""
    exit_code: int | None = None
    duration_s: float | None = None


def send(beat: Outgoing, via: str = "", token: Secret | None = None) -> str:
    """Send it, and return what became of it, in words. Without `via` it goes to the
    usual sockets of this user, the one that answers first.

    Raises NobodyListens and BeatRefused in words, ValueError for a `via` that is none.
    """
    if not via:
        return _send_here(beat)
    parts = urlsplit(via)
    if via.startswith("unix:/"):
        return _post(_UnixConnection(via.removeprefix("unix:")), beat, via, token)
    if parts.scheme == "http" and parts.hostname:
        place = http.client.HTTPConnection(
            parts.hostname, parts.port or 80, timeout=WITHIN_S
        )
        return _post(place, beat, via, token)
    if parts.scheme == "udp" and parts.hostname and parts.port:
        return _send_udp(beat, parts.hostname, parts.port)
    raise ValueError(f"{via!r} is no address of a conductor: write {_FORMS}")


def _send_here(beat: Outgoing) -> str:
    folder = runtime_folder(os.environ, os.geteuid())
    path, datagrams = folder / HTTP_SOCKET, folder / BEATS_SOCKET
    if path.exists():
        try:
            return _post(_UnixConnection(str(path)), beat, f"unix:{path}", None)
        except NobodyListens:  # left behind by one that was killed
            if not datagrams.exists():
                raise
    return _send_unix(beat, datagrams)


def _post(
    place: http.client.HTTPConnection,
    beat: Outgoing,
    via: str,
    token: Secret | None,
) -> str:
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token.reveal()}"
    path = f"/v1/agents/{quote(beat.agent, safe='')}/beat"
    try:
        place.request("POST", path, json.dumps(_body(beat)), headers)
        answer = place.getresponse()
        said = answer.read(_MOST_READ)
    except (OSError, http.client.HTTPException) as error:
        raise NobodyListens(f"{via}: {_words(error)}{_WAY_OUT}") from error
    finally:
        place.close()
    if answer.status == http.HTTPStatus.OK:
        return "taken"
    raise BeatRefused(f"{via}: {_complaint(said) or answer.reason}", answer.status)


def _send_unix(beat: Outgoing, path: Path) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(WITHIN_S)
        try:
            sock.sendto(_line(beat), str(path))
        except OSError as error:
            raise NobodyListens(f"{path}: {_words(error)}{_WAY_OUT}") from error
    return "sent; a datagram is not answered"


def _send_udp(beat: Outgoing, host: str, port: int) -> str:
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, kind, protocol) as sock:
            sock.settimeout(WITHIN_S)
            sock.sendto(_line(beat), where)
    except OSError as error:
        raise NobodyListens(f"udp://{host}:{port}: {_words(error)}") from error
    return "sent; a datagram is not answered"


_WAY_OUT = ": is a conductor-tui of this user running, and does its [listen] allow it?"


class _UnixConnection(http.client.HTTPConnection):
    """HTTP to a server on this machine that listens on a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=WITHIN_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _body(beat: Outgoing) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": beat.kind,
        "metadata": dict(beat.metadata) or None,
        "words": beat.words or None,
        "run": beat.run or None,
        "exit_code": beat.exit_code,
        "duration_s": beat.duration_s,
    }
    return {key: value for key, value in said.items() if value is not None}


def _line(beat: Outgoing) -> bytes:
    """Return it as a datagram. Raises ValueError for metadata that has no room."""
    if clash := sorted(RESERVED & beat.metadata.keys()):
        raise ValueError(
            f"the metadata {clash[0]!r} means something else in a datagram: call it "
            "otherwise, or send by HTTP"
        )
    said = {
        "kind": beat.kind,
        "words": beat.words or None,
        "run": beat.run or None,
        "exit": beat.exit_code,
        "duration": beat.duration_s,
    }
    said = {key: value for key, value in said.items() if value is not None}
    line = f"{beat.agent} {json.dumps({**said, **beat.metadata})}".encode()
    if len(line) > LONGEST:
        raise ValueError(f"longer than {LONGEST} bytes: send less metadata")
    return line


def _complaint(said: bytes) -> str:
    try:
        found = json.loads(said)
    except ValueError:
        return ""
    words = found.get("error", "") if isinstance(found, dict) else ""
    return one_line(str(words))


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return one_line(str(error)) or type(error).__name__
