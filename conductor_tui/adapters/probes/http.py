"""The http probe: ask a URL over a kept connection, judge status and body."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from conductor_tui.adapters.probes.http_answer import Answer, Heard, Trouble
from conductor_tui.adapters.probes.http_body import BodyRule, body_rules
from conductor_tui.adapters.probes.http_connect import connect, tls_context
from conductor_tui.adapters.probes.http_connection import Connection
from conductor_tui.adapters.probes.http_judge import Judge
from conductor_tui.adapters.probes.http_request import (
    authorization,
    check_credentials,
    check_headers,
    check_method,
    is_idempotent,
    request_bytes,
    secrets_sent,
)
from conductor_tui.adapters.probes.http_status import Expected, parse_expected
from conductor_tui.adapters.probes.http_target import parse_target
from conductor_tui.domain.check import Finding
from conductor_tui.domain.secret import Secret, without_secrets
from conductor_tui.ports import Probe

OpenConnection: TypeAlias = Callable[[], Awaitable[Connection | Trouble]]

_MOST_BODY = 16 * 1024 * 1024
_MOST_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is an http:// or https:// URL.

    `expect_status` holds statuses and ranges of them; empty: 200 to 399 pass.
    Redirects are not followed: one is an answer like any other, so it passes by
    default, and the words say where it leads. Only a redirect to the very URL that
    was asked fails: it is a loop.

    `max_body` is in bytes. What goes on beyond is not read and not held against the
    target, but its connection cannot be kept.

    All conditions on the body that are given must hold, within its first `max_body`
    bytes: the text `body_contains`, no text `body_not_contains`, `body_regex` anywhere
    (Rust's syntax: no look-around, no backreferences), and `json_path` (RFC 9535),
    which must find something; every value that it finds must be `expect_json`.

    `ca_file` (PEM) names the authorities to trust in place of the system's.
    A certificate that has fewer than `cert_days` left makes a pass warn; 0: never.
    Without it: 14 days, or the last sixth of a shorter life than usual; and never with
    `verify_tls = false`, where nobody seems to care.

    `body` is sent as UTF-8; its Content-Type goes into `headers`. `username` with
    `password`, or `bearer`, is how to log in.
    """

    target: str
    method: str = "GET"
    headers: Mapping[str, Secret] = field(default_factory=dict)
    body: str = ""
    username: str = ""
    password: Secret | None = None
    bearer: Secret | None = None
    expect_status: tuple[Expected, ...] = ()
    body_contains: str = ""
    body_not_contains: str = ""
    body_regex: str = ""
    json_path: str = ""
    expect_json: str | int | float | bool | None = None
    verify_tls: bool = True
    ca_file: str = ""
    cert_days: int | None = None
    max_body: int = 65536

    def __post_init__(self) -> None:
        target = parse_target(self.target)
        parse_expected(self.expect_status)
        if not self.verify_tls and not target.is_tls:
            raise ValueError(
                "verify_tls = false says nothing about an http:// target: remove it, "
                "or write https://"
            )
        _check_ca_file(self, is_tls=target.is_tls)
        if self.cert_days is not None:
            _check_cert_days(self.cert_days, is_tls=target.is_tls)
        if not 0 <= self.max_body <= _MOST_BODY:
            raise ValueError(
                f"max_body must be from 0 to {_MOST_BODY} bytes, not {self.max_body}"
            )
        check_method(self.method, self.body)
        check_headers(self.headers)
        check_credentials(self.username, self.password, self.bearer, self.headers)
        if _rules(self):
            _need_a_body(self.method, self.max_body)


class HttpProbe:
    """Asks one URL, again and again, over one connection. Satisfies ports.Probe.

    Without `keeps` each check has a connection of its own. A request that must not be
    sent twice needs that: a kept connection that the server closes just as we use it
    leaves open whether the request was carried out.
    """

    def __init__(
        self,
        open_connection: OpenConnection,
        judge: Callable[[Answer], Finding],
        *,
        keeps: bool = True,
    ) -> None:
        self._open = open_connection
        self._judge = judge
        self._keeps = keeps
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
        Without one byte of an answer the request, an idempotent one, is sent once
        more on a fresh connection (RFC 9110 section 9.2.2); any other trouble is the
        finding.
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
            if self._keeps and closings == self._closings and self._kept is None:
                self._kept = connection
            else:
                connection.drop()
        return heard


class DiscreetProbe:
    """A probe that sends secrets, and never repeats one. Satisfies ports.Probe."""

    def __init__(self, probe: Probe, secrets: Sequence[Secret]) -> None:
        self._probe = probe
        self._secrets = secrets
        self.close = probe.close

    async def __call__(self) -> Finding:
        finding = await self._probe()
        words = without_secrets(finding.detail, self._secrets)
        return finding if words == finding.detail else replace(finding, detail=words)


def open_probe(options: Options) -> Probe:
    target = parse_target(options.target)
    login = authorization(options.username, options.password, options.bearer)
    headers = dict(options.headers) | ({"Authorization": login} if login else {})
    opening = partial(
        connect,
        target,
        request_bytes(target, options.method, headers, options.body),
        max_body=options.max_body,
        verify_tls=options.verify_tls,
        is_head=options.method == "HEAD",
        ca_file=options.ca_file,
    )
    judge = Judge(
        target=target,
        wanted=", ".join(map(str, options.expect_status)),
        expected=parse_expected(options.expect_status),
        max_body=options.max_body,
        body=_rules(options),
    )
    make = partial(HttpProbe, judge=judge, keeps=is_idempotent(options.method))
    probe: Probe
    if target.is_tls and _watches_expiry(options):
        probe = _watched(make, opening, options.cert_days)
    else:
        probe = make(opening)
    secrets = secrets_sent(headers, options.password)
    return DiscreetProbe(probe, secrets) if secrets else probe


def _need_a_body(method: str, max_body: int) -> None:
    words = "with it there is no body to look at, and a condition asks for one"
    if method == "HEAD":
        raise ValueError(f"method must not be HEAD: {words}")
    if not max_body:
        raise ValueError(f"max_body must not be 0: {words}")


def _watches_expiry(options: Options) -> bool:
    days = options.cert_days
    return days != 0 and (days is not None or options.verify_tls)


def _watched(
    make: Callable[[OpenConnection], Probe], opening: OpenConnection, days: int | None
) -> Probe:
    from conductor_tui.adapters.probes.http_certificate import ExpiryWatch, WatchedProbe

    watch = ExpiryWatch(opening, days)
    return WatchedProbe(make(watch.open), watch)


def _check_ca_file(options: Options, *, is_tls: bool) -> None:
    if not options.ca_file:
        return
    if not is_tls:
        raise ValueError(
            "ca_file says nothing about an http:// target: remove it, or write https://"
        )
    if not options.verify_tls:
        raise ValueError("ca_file is of no use with verify_tls = false: keep one")
    tls_context(True, options.ca_file)  # and kept: the file may be gone by the check


def _check_cert_days(days: int, *, is_tls: bool) -> None:
    if not is_tls:
        raise ValueError(
            "cert_days says nothing about an http:// target: remove it, or write "
            "https://"
        )
    if not 0 <= days <= _MOST_DAYS:
        raise ValueError(f"cert_days must be from 0 to {_MOST_DAYS}, not {days}")


def _rules(options: Options) -> Sequence[BodyRule]:
    return body_rules(
        options.body_contains,
        options.body_not_contains,
        options.body_regex,
        options.json_path,
        options.expect_json,
    )
