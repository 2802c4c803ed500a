"""The http probe: GET a URL over a kept connection, judge the status."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import urljoin

from conductor_tui import __version__
from conductor_tui.adapters.probes.http_answer import Answer, Heard, Trouble
from conductor_tui.adapters.probes.http_connect import connect
from conductor_tui.adapters.probes.http_connection import Connection
from conductor_tui.adapters.probes.http_status import Expected, parse_expected
from conductor_tui.adapters.probes.http_target import Target, parse_target
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Probe

_MOST_BODY = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is an http:// or https:// URL.

    `expect_status` holds statuses and ranges of them; empty: 200 to 399 pass.
    Redirects are not followed: one is an answer like any other, so it passes by
    default, and the words say where it leads. Only a redirect to the very URL that
    was asked fails: it is a loop.

    `max_body` is in bytes. What goes on beyond is not read and not held against the
    target, but its connection cannot be kept.
    """

    target: str
    expect_status: tuple[Expected, ...] = ()
    verify_tls: bool = True
    max_body: int = 65536

    def __post_init__(self) -> None:
        target = parse_target(self.target)
        parse_expected(self.expect_status)
        if not self.verify_tls and not target.is_tls:
            raise ValueError(
                "verify_tls = false says nothing about an http:// target: remove it, "
                "or write https://"
            )
        if not 0 <= self.max_body <= _MOST_BODY:
            raise ValueError(
                f"max_body must be from 0 to {_MOST_BODY} bytes, not {self.max_body}"
            )


class HttpProbe:
    """Asks one URL, again and again, over one connection. Satisfies ports.Probe."""

    def __init__(
        self,
        open_connection: Callable[[], Awaitable[Connection | Trouble]],
        judge: Callable[[Answer], Finding],
    ) -> None:
        self._open = open_connection
        self._judge = judge
        self._kept: Connection | None = None
        self._closings = 0

    async def __call__(self) -> Finding:
        heard = await self._ask()
        if isinstance(heard, Trouble):
            return Finding(heard.outcome, heard.words)
        return self._judge(heard)

    def close(self) -> None:
        """Let go of the kept connection. A later call opens another."""
        self._closings += 1
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.drop()

    async def _ask(self) -> Heard:
        """Return what the server says, over the kept connection where one stands.

        A server may close a kept connection at any time, also just when we use it.
        Without one byte of an answer the request, a GET, is sent once more on a fresh
        connection (RFC 9110 section 9.2.2); any other trouble is the finding.
        """
        closings = self._closings
        kept, self._kept = self._kept, None
        if kept is not None:
            heard = await self._ask_on(kept, closings)
            if not (isinstance(heard, Trouble) and heard.is_unheard):
                return heard
        opened = await self._open()
        if isinstance(opened, Trouble):
            return opened
        return await self._ask_on(opened, closings)

    async def _ask_on(self, connection: Connection, closings: int) -> Heard:
        """Ask, and keep the connection unless the probe was closed meanwhile:
        `closings` is how often that had happened when the check began.
        """
        heard = await connection.ask()
        if connection.is_usable:
            if closings == self._closings and self._kept is None:
                self._kept = connection
            else:
                connection.drop()
        return heard


def open_probe(options: Options) -> Probe:
    target = parse_target(options.target)
    opening = partial(
        connect,
        target,
        _request(target),
        max_body=options.max_body,
        verify_tls=options.verify_tls,
    )
    expected = parse_expected(options.expect_status)
    return HttpProbe(opening, partial(_judge, options, target, expected))


def _request(target: Target) -> bytes:
    lines = (
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        f"User-Agent: conductor-tui/{__version__}",
        "Accept: */*",
        "Accept-Encoding: identity",  # a body must be readable without decoding
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def _judge(
    options: Options, target: Target, expected: tuple[range, ...], answer: Answer
) -> Finding:
    words = _status_words(answer)
    if answer.is_cut:
        words = f"{words}, body over {options.max_body:,} bytes"
    if not any(answer.status in statuses for statuses in expected):
        wanted = ", ".join(map(str, options.expect_status))
        words = one_line(f"{words}, expected {wanted}") if wanted else words
        return Finding(Outcome.FAILED, words)
    if not options.expect_status and _leads_back(answer, target):
        return Finding(Outcome.FAILED, f"{words}: a redirect loop")
    return Finding(Outcome.PASSED, words)


def _status_words(answer: Answer) -> str:
    """Return "200 OK", or "301 Moved Permanently to https://example.org/"."""
    reason = answer.reason.decode("utf-8", "backslashreplace")
    words = one_line(f"{answer.status} {reason or _usual_reason(answer.status)}", 80)
    location = _location(answer)
    return f"{words} to {one_line(location, 100)}" if location else words


def _usual_reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _location(answer: Answer) -> str:
    return (answer.header("location") or "") if 300 <= answer.status <= 399 else ""


def _leads_back(answer: Answer, target: Target) -> bool:
    location = _location(answer)
    if not location:
        return False
    try:
        there = urljoin(target.url, location).partition("#")[0]
        return parse_target(there) == target
    except ValueError:
        return False
