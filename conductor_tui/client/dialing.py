"""One short exchange with a conductor, or a stream from it, over plain sockets.

Not http.client: a thread that waits in its buffered reader holds a lock, at which a
child after a fork, or the interpreter at its exit, hangs or dies. HTTP/1.0 without a
connection to keep is twenty lines; importing http.client costs more than all of this.
"""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from conductor_tui.domain.errors import NobodyListens
from conductor_tui.domain.text import one_line

URL_VARIABLE, TOKEN_VARIABLE = "CONDUCTOR_TUI_URL", "CONDUCTOR_TUI_TOKEN"
_FORMS = "unix:/path or http(s)://host:port"
_MOST_READ = 64 * 1024 * 1024
_MOST_HEAD, _MOST_LINE = 16_384, 16 * 1024 * 1024


class Place(NamedTuple):
    """Where a conductor is, and by which right we ask. `url` "": that of this user."""

    url: str
    token: str

    @property
    def words(self) -> str:
        return self.url or "the usual socket"

    @property
    def host(self) -> str:
        """Return what tells it from others behind one proxy, with its port."""
        _, found, host = self.url.partition("://")
        return host.rpartition("@")[2].rstrip("/") if found else "conductor"


def place(url: str, token: str | None) -> Place:
    """Return it, from the environment where nothing is given. Raises ValueError."""
    url = url or os.environ.get(URL_VARIABLE, "")
    if url and not url.startswith("unix:/") and not _is_address(url):
        raise ValueError(f"{url!r} is no address of a conductor: write {_FORMS}")
    given = os.environ.get(TOKEN_VARIABLE, "") if token is None else token
    given = given.strip()  # a file of one line ends with a break
    if not given.isprintable():
        raise ValueError("the token has a character in it that no token has")
    return Place(url, given)


def _is_address(url: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        is_port = parts.port is None or parts.port > 0
    except ValueError:  # a port that is no number, a bracket too few
        return False
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment)
    is_http = parts.scheme in ("http", "https") and bool(parts.hostname)
    return is_http and is_port and is_bare


def dial(to: Place, within_s: float) -> socket.socket:
    """Return a connection. Raises OSError."""
    if not to.url:
        return _dial_first(_usual(), within_s)
    if to.url.startswith("unix:"):
        return _dial_unix(to.url.removeprefix("unix:"), within_s)
    from urllib.parse import urlsplit

    parts = urlsplit(to.url)
    is_secure, host = parts.scheme == "https", parts.hostname or ""
    address = (host, parts.port or (443 if is_secure else 80))
    sock = socket.create_connection(address, within_s)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not is_secure:
        return sock
    import ssl

    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def _usual() -> list[str]:
    from conductor_tui.places import http_sockets  # pathlib: not at everybody's start

    return [str(path) for path in http_sockets(os.environ, os.geteuid())]


def _dial_first(paths: list[str], within_s: float) -> socket.socket:
    """Return a connection to the first where somebody listens."""
    errors: list[OSError] = []
    for path in paths:
        try:
            return _dial_unix(path, within_s)
        except OSError as error:
            errors.append(error)
    raise errors[0]


def _dial_unix(path: str, within_s: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(within_s)
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock


class Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """Return the object in it; {} for none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        return found if isinstance(found, dict) else {}

    @property
    def words(self) -> str:
        said = self.document
        for key in ("detail", "error", "words"):
            if said.get(key):
                return one_line(str(said[key]), 400)
        return f"HTTP {self.status}"


def exchange(
    to: Place,
    method: str,
    path: str,
    said: Mapping[str, object] | None = None,
    *,
    within_s: float,
) -> Answer:
    """Ask once. Raises NobodyListens, in words, when no answer comes."""
    body = b"" if said is None else json.dumps(said).encode()
    try:
        with dial(to, within_s) as sock:
            sock.sendall(_head(to, method, path, len(body)) + body)
            got = bytearray()
            while (more := sock.recv(65_536)) and len(got) < _MOST_READ:
                got += more
    except (OSError, ValueError) as error:  # ValueError: a name that cannot be one
        raise NobodyListens(f"{to.words}: {words_of(error)}") from error
    head, _, content = bytes(got).partition(b"\r\n\r\n")
    status = _status(head)
    if status is None:
        raise NobodyListens(f"{to.words}: that is no answer of a conductor")
    return Answer(status, content)


def open_stream(to: Place, path: str, within_s: float) -> socket.socket:
    """Return a connection on which the stream at `path` was asked for: see `lines`."""
    sock = dial(to, within_s)
    try:
        sock.sendall(_head(to, "GET", path, 0))
    except BaseException:
        sock.close()
        raise
    return sock


def lines(sock: socket.socket) -> Iterator[dict[str, Any]]:
    """Yield the objects of a stream as they come, until it ends.

    Raises OSError, also for silence as long as the socket's timeout, and NobodyListens
    for what is no stream; LookupError with its words for an answer but 200.
    """
    got = bytearray()
    while b"\r\n\r\n" not in got:
        more = sock.recv(65_536)
        if not more or len(got) > _MOST_HEAD:
            raise NobodyListens("that is no answer of a conductor")
        got += more
    head, _, rest = bytes(got).partition(b"\r\n\r\n")
    status = _status(head)
    if status != 200:
        raise RefusedError(Answer(status or 0, rest))
    got = bytearray(rest)
    while True:
        *whole, got = got.split(b"\n")
        for line in whole:
            if line:
                yield _object(bytes(line))
        more = sock.recv(65_536)
        if not more or len(got) > _MOST_LINE:
            return
        got += more


class RefusedError(Exception):
    """A conductor did not open the stream."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.words)
        self.status = answer.status


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NobodyListens("what comes is no stream of a conductor")
    return found


def _head(to: Place, method: str, path: str, length: int) -> bytes:
    fields = {"Host": to.host, "Content-Type": "application/json"}
    if length:
        fields["Content-Length"] = str(length)
    if to.token:
        fields["Authorization"] = f"Bearer {to.token}"
    rows = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
    return f"{method} {path} HTTP/1.0\r\n{rows}\r\n".encode()


def _status(head: bytes) -> int | None:
    words = head.split(b" ", 2)
    is_http = len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit()
    return int(words[1]) if is_http else None


def words_of(error: BaseException) -> str:
    """Return an error in words, for a person."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return one_line(str(error)) or type(error).__name__
