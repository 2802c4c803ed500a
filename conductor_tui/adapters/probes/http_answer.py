"""Bytes in, one HTTP/1 answer out: httptools parses, this keeps it within limits.

There is no socket and no await here, so every split of every answer can be tested.
"""

from dataclasses import dataclass
from typing import TypeAlias

import httptools

from conductor_tui.domain.check import Outcome
from conductor_tui.domain.text import one_line

MAX_HEAD = 32 * 1024
MAX_HEADERS = 128
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `is_cut`: the body went on, over the limit of what is read.

    `headers` are in the order sent, names as sent; the body is not decoded.
    """

    status: int
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    is_cut: bool = False

    def header(self, name: str) -> str | None:
        """Return the first header of this name, in any case; None without one."""
        wanted = name.lower().encode()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("utf-8", "backslashreplace")
        return None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no answer, in words. `is_unheard`: not one byte of it had come.

    `outcome` is INCONCLUSIVE where the trouble is our own.
    """

    words: str
    is_unheard: bool = False
    outcome: Outcome = Outcome.FAILED


Heard: TypeAlias = Answer | Trouble


class AnswerReader:
    """Reads the answers on one connection, one after the other.

    `start` before each; then `feed` until it gives something. `is_reusable` says
    whether another answer may follow on the same connection.
    """

    def __init__(self, max_body: int) -> None:
        self._max_body = max_body
        self._parser = self._new_parser()
        self.start()

    def start(self) -> None:
        """Forget the last answer."""
        self.is_reusable = False
        self._heard: Heard | None = None
        self._first = b""
        self._seen = 0
        self._allowed = MAX_HEAD
        self._begin()

    def feed(self, data: bytes) -> Heard | None:
        """Take the next bytes. Returns None as long as more are needed."""
        if not self._seen:
            self._first = data[: 4 * _SHOWN]  # more than is shown: a cut gets its …
        self._seen += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.is_reusable = False
            return self._heard or Trouble(self._nonsense(error))
        if self._heard is None and self._seen > self._allowed:
            self._overflow()
        return self._heard

    def end(self, lost: str = "") -> Heard:
        """Take the end of the connection; `lost` says how, where it was no plain end.

        It completes an answer that has neither a length nor chunks
        (RFC 9112 section 6.3), and cuts every other one short.
        """
        if not self._seen:
            return Trouble(lost or "closed without an answer", is_unheard=True)
        if not self._is_head_read:
            return Trouble(f"{lost or 'closed'} in the middle of the headers")
        if lost or not self._ends_with_connection():
            words = f"{lost or 'closed'} in the middle of the body"
            return Trouble(f"{self._status}, then {words}")
        return self._answer()

    def on_message_begin(self) -> None:
        self.is_reusable = False  # after an answer: more than was asked for

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += len(name) + len(value)
        self._headers.append((name, value))
        if len(self._headers) > MAX_HEADERS or self._head > MAX_HEAD:
            self._overflow()
            raise OverflowError  # stops the parser; `feed` ends it

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        self._is_head_read = True
        # chunks of one byte take six on the wire: a limit for their frames too
        self._allowed = self._seen + MAX_HEAD + 8 * self._max_body

    def on_body(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > self._max_body:
            self._overflow()
            raise OverflowError

    def on_message_complete(self) -> None:
        if self._heard is not None:
            return  # a second answer to one request
        if self._is_interim():
            self._allowed = MAX_HEAD  # for all interim answers and the real one
            self._begin()
            return
        self._heard = self._answer()
        self.is_reusable = self._parser.should_keep_alive()

    def _new_parser(self) -> httptools.HttpResponseParser:
        parser = httptools.HttpResponseParser(self)
        # what every browser forgives, and small devices get wrong
        parser.set_dangerous_leniencies(
            lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        return parser

    def _begin(self) -> None:
        self._status = 0
        self._reason = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head = 0
        self._body = bytearray()
        self._is_head_read = False

    def _is_interim(self) -> bool:
        """Say whether this is "100 Continue" or the like; after 101 nothing follows."""
        return self._status < 200 and self._status != 101

    def _overflow(self) -> None:
        self.is_reusable = False
        if self._heard is not None:
            return
        if self._is_head_read:
            self._heard = self._answer(is_cut=True)
        else:
            self._heard = Trouble("the headers do not end: too many or too long")

    def _answer(self, *, is_cut: bool = False) -> Answer:
        body = bytes(self._body[: self._max_body])
        return Answer(self._status, self._reason, tuple(self._headers), body, is_cut)

    def _ends_with_connection(self) -> bool:
        names = {name.lower(): value.lower() for name, value in self._headers}
        if b"transfer-encoding" in names:
            return not names[b"transfer-encoding"].endswith(b"chunked")
        return b"content-length" not in names

    def _nonsense(self, error: Exception) -> str:
        if self._is_head_read or self._first.startswith(b"HTTP/"):
            status = f"{self._status}, then " if self._is_head_read else ""
            return f"{status}invalid HTTP: {one_line(str(error), 80)}"
        if self._first.startswith((b"\x15\x03", b"\x16\x03")):
            return "speaks TLS: write https:// instead of http://"
        said = self._first.decode("utf-8", "backslashreplace")
        return f'not HTTP: it said "{one_line(said, _SHOWN)}"'


class HeadReader(AnswerReader):
    """Reads answers to HEAD: their length is that of a body which never comes
    (RFC 9112 section 6.3), so each ends with its headers.
    """

    def start(self) -> None:
        self._parser = self._new_parser()  # the last one still waits for a body
        super().start()

    def feed(self, data: bytes) -> Heard | None:
        heard = super().feed(data)
        ended = isinstance(heard, Answer) and data.endswith((b"\r\n\r\n", b"\n\n"))
        self.is_reusable = self._is_kept and ended
        return heard

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if not self._is_interim():
            self._heard = self._answer()
            self._is_kept = self._parser.should_keep_alive()
            raise StopIteration  # no body follows; `feed` ends it

    def _begin(self) -> None:
        super()._begin()
        self._is_kept = False
