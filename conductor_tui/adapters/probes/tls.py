"""The tls probe: a handshake, and how long the certificate still lasts."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import cast

from conductor_tui.adapters.probes.address import (
    Address,
    network_finding,
    parse_address,
)
from conductor_tui.adapters.probes.certificate import Certificate, read_certificate
from conductor_tui.adapters.probes.connection import READ_LIMIT
from conductor_tui.adapters.probes.http_words import tls_words
from conductor_tui.adapters.probes.reach import reach
from conductor_tui.adapters.probes.starttls import DIALOGS, PORTS, Refusal
from conductor_tui.adapters.probes.stateless import StatelessProbe
from conductor_tui.adapters.probes.trust import client_context
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import visible
from conductor_tui.ports import Probe

_HTTPS = 443
_MOST_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is "host:port"; without a port the one that the protocol usually has.

    A certificate with fewer than `days` left warns, one with fewer than `fail_days`
    fails (0: once it has expired). Without `days`: 14, or the last sixth of a life
    that is shorter than usual.

    `server_name` is asked for, and must be in the certificate, in place of the host.
    `ca_file` (PEM) names the authorities to trust in place of the system's; with
    `verify = false` neither they nor the name count, only the days. `starttls`: smtp,
    imap, pop3, ftp or postgres.
    """

    target: str
    server_name: str = ""
    days: int | None = None
    fail_days: int = 0
    verify: bool = True
    ca_file: str = ""
    starttls: str = ""

    def __post_init__(self) -> None:
        if self.starttls and self.starttls not in DIALOGS:
            known = ", ".join(DIALOGS)
            raise ValueError(
                f"starttls must be one of {known}, not {visible(self.starttls)!r}"
            )
        _address(self)
        _check_days(self)
        _check_name(self.server_name)
        if self.ca_file and not self.verify:
            raise ValueError("ca_file is of no use with verify = false: keep one")
        _context(self)


async def tls_probe(context: ssl.SSLContext, options: Options) -> Finding:
    """Shake hands, look at the certificate, hang up."""
    address = _address(options)
    try:
        async with _secured(options, address, context) as tls:
            certificate = read_certificate(tls.getpeercert(binary_form=True) or b"")
            return _judge(options, certificate, _version(tls))
    except ssl.SSLError as error:
        return Finding(Outcome.FAILED, tls_words(error))
    except (ConnectionResetError, ConnectionAbortedError):
        return Finding(Outcome.FAILED, "closed during the TLS handshake")
    except OSError as error:
        return network_finding(error, address.host)
    except Refusal as refusal:
        return Finding(Outcome.FAILED, f"no {options.starttls} with TLS: {refusal}")
    except ValueError as error:
        return Finding(Outcome.FAILED, f"the certificate cannot be read: {error}")


def open_probe(options: Options) -> Probe:
    # one context for all checks: a file of authorities takes up to 20 ms to read
    return StatelessProbe(partial(tls_probe, _context(options)), options)


def shown_target(options: Options) -> str:
    return str(_address(options))


class _Shaken(asyncio.Protocol):
    """Holds what TLS gives once hands are shaken, and listens to nothing."""

    transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


@asynccontextmanager
async def _secured(
    options: Options, address: Address, context: ssl.SSLContext
) -> AsyncIterator[ssl.SSLObject]:
    """Open a connection that speaks TLS, for the time of a block."""
    name = options.server_name or address.host.rstrip(".")
    plug = await reach(address.host, address.port)
    try:
        secured = _upgraded if options.starttls else _direct
        async with secured(plug, options.starttls, context, name) as transport:
            yield transport.get_extra_info("ssl_object")
    finally:
        plug.close()


@asynccontextmanager
async def _direct(
    plug: socket.socket, _: str, context: ssl.SSLContext, name: str
) -> AsyncIterator[asyncio.BaseTransport]:
    """Shake hands at once. It ends by abort(), however it ends: a goodbye in TLS may
    wait for a peer that no longer reads.
    """
    shaken = _Shaken()
    try:
        transport, _protocol = await asyncio.get_running_loop().create_connection(
            lambda: shaken, sock=plug, ssl=context, server_hostname=name
        )
        yield transport
    finally:
        if shaken.transport is not None:
            cast(asyncio.Transport, shaken.transport).abort()


@asynccontextmanager
async def _upgraded(
    plug: socket.socket, starttls: str, context: ssl.SSLContext, name: str
) -> AsyncIterator[asyncio.BaseTransport]:
    """Talk as the protocol wants it, then shake hands. It ends as _direct does."""
    reader, writer = await asyncio.open_connection(sock=plug, limit=READ_LIMIT)
    try:
        await DIALOGS[starttls](reader, writer)
        await writer.start_tls(context, server_hostname=name)
        yield writer.transport
    finally:
        writer.transport.abort()


def _judge(options: Options, certificate: Certificate, version: str) -> Finding:
    now = datetime.now(UTC)
    by = certificate.issuer or "an issuer without a name"
    words = f"{certificate.expiry(now)}, issued by {by}, {version}"
    if now < certificate.starts:
        words = f"not valid before {certificate.starts:%Y-%m-%d %H:%M} UTC, {words}"
        return Finding(Outcome.FAILED, words)
    if now >= certificate.warns_at(options.fail_days):
        return Finding(Outcome.FAILED, words)
    return Finding(
        Outcome.PASSED, words, warns=now >= certificate.warns_at(options.days)
    )


def _version(tls: ssl.SSLObject) -> str:
    return (tls.version() or "TLS").replace("TLSv", "TLS ")


def _address(options: Options) -> Address:
    port = PORTS.get(options.starttls, _HTTPS)
    return parse_address(options.target, kind="tls", default_port=port)


def _check_days(options: Options) -> None:
    for key, value in (("days", options.days), ("fail_days", options.fail_days)):
        if value is not None and not 0 <= value <= _MOST_DAYS:
            raise ValueError(f"{key} must be from 0 to {_MOST_DAYS}, not {value}")
    if options.days is not None and 0 < options.days < options.fail_days:
        raise ValueError(
            f"fail_days ({options.fail_days}) must not be more than days "
            f"({options.days}): nothing would ever warn"
        )


def _check_name(name: str) -> None:
    try:
        fine = not name or (name.isprintable() and bool(name.encode("idna")))
    except UnicodeError:
        fine = False
    if not fine or " " in name:
        raise ValueError(f"server_name must be a host name, not {visible(name)!r}")


def _context(options: Options) -> ssl.SSLContext:
    if options.ca_file:
        return client_context(verify=True, ca_file=options.ca_file)
    return _usual_context(options.verify)


@cache
def _usual_context(verify: bool) -> ssl.SSLContext:
    """As http_connect.tls_context has it, but without a protocol to agree on."""
    return client_context(verify=verify)
