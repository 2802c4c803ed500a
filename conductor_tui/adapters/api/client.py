"""Asks a conductor over HTTP: on its unix socket, or over TCP.

Standard library only: a command must start fast.
"""

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conductor_tui.domain.errors import AskRefused, NobodyListens
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.text import one_line

WITHIN_S = 15.0  # longer than a conductor waits for its engine
_MOST_READ = 64 * 1024 * 1024
_FORMS = "unix:/path or http(s)://host:port"
_WAY_OUT = ": is a conductor-tui of this user running, and does its [listen] allow it?"


class Client:
    """Asks whoever listens at `via`. Raises ValueError in words for one that is none.

    `token` is that of [listen]: who comes by TCP needs it.
    """

    def __init__(self, via: str, token: Secret | None = None) -> None:
        self.via, self._token = via, token
        self.connection()

    def ask(
        self,
        method: str,
        path: str,
        said: Mapping[str, object] | None = None,
        *,
        key: str = "words",
        within_s: float = WITHIN_S,
    ) -> dict[str, Any]:
        """Return the object that it answers with, in which `key` stands.

        Raises NobodyListens, and AskRefused for any answer but 200 and 202; both in
        words.
        """
        place = self.connection(within_s)
        try:
            self._begin(place, method, path, said)
            return self._end(place, key)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NobodyListens(f"{self.via}: {_words(error)}{_WAY_OUT}") from error
        finally:
            place.close()

    def begin(
        self, method: str, path: str, said: Mapping[str, object] | None, within_s: float
    ) -> http.client.HTTPConnection | None:
        """Ask, and leave the answer to `end`: for a thread that cannot wait longer than
        `within_s`. Returns None where that did not do, and nothing was asked.
        """
        place = self.connection(within_s)
        try:
            self._begin(place, method, path, said)
            place.sock.settimeout(WITHIN_S)
        except (OSError, http.client.HTTPException):
            place.close()
            return None
        return place

    def end(
        self, place: http.client.HTTPConnection, *, key: str = "words"
    ) -> dict[str, Any]:
        """Return the answer to what was begun: see `ask`."""
        try:
            return self._end(place, key)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NobodyListens(f"{self.via}: {_words(error)}{_WAY_OUT}") from error
        finally:
            place.close()

    def _begin(
        self,
        place: http.client.HTTPConnection,
        method: str,
        path: str,
        said: Mapping[str, object] | None,
    ) -> None:
        headers = {"Content-Type": "application/json", **self.rights()}
        place.request(method, path, None if said is None else json.dumps(said), headers)

    def _end(self, place: http.client.HTTPConnection, key: str) -> dict[str, Any]:
        answer = place.getresponse()
        status, body = answer.status, answer.read(_MOST_READ)
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        document: dict[str, Any] = found if isinstance(found, dict) else {}
        if status not in (http.HTTPStatus.OK, http.HTTPStatus.ACCEPTED):
            words = document.get("detail") or document.get("error") or answer.reason
            raise AskRefused(one_line(str(words), 400), status)
        if key not in document:
            raise AskRefused(f"{self.via}: that is no answer of a conductor", status)
        return document

    def rights(self) -> dict[str, str]:
        """Return the headers that say by which right we ask."""
        if self._token is None:
            return {}
        return {"Authorization": f"Bearer {self._token.reveal()}"}

    def connection(self, within_s: float = WITHIN_S) -> http.client.HTTPConnection:
        """Return a connection, not opened yet: for more than one answer."""
        if self.via.startswith("unix:/"):
            return _UnixConnection(Path(self.via.removeprefix("unix:")), within_s)
        parts = urlsplit(self.via)
        if parts.hostname and parts.scheme == "https":
            import ssl

            return http.client.HTTPSConnection(
                parts.hostname,
                parts.port or 443,
                timeout=within_s,
                context=ssl.create_default_context(),
            )
        if not parts.hostname or parts.scheme != "http":
            words = f"{self.via!r} is no address of a conductor: write {_FORMS}"
            raise ValueError(words)
        return http.client.HTTPConnection(
            parts.hostname, parts.port or 80, timeout=within_s
        )


class _UnixConnection(http.client.HTTPConnection):
    """HTTP to a server on this machine that listens on a unix socket."""

    def __init__(self, path: Path, within_s: float) -> None:
        super().__init__("localhost", timeout=within_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {WITHIN_S:g} s"
    verify = getattr(error, "verify_message", "")  # ssl.SSLCertVerificationError
    if verify:
        words = one_line(str(verify))
        return f"its certificate is not trusted ({words}): SSL_CERT_FILE names the CA"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return one_line(str(error)) or type(error).__name__
