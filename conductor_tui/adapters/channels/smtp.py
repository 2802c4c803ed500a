"""The smtp channel: an e-mail per notice, by way of a mail server (aiosmtplib)."""

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from conductor_tui.adapters.channels.hiding import secrets_of_login
from conductor_tui.adapters.channels.mail import mail
from conductor_tui.adapters.channels.now import Now, wall_now
from conductor_tui.adapters.channels.smtp_words import failed, refused
from conductor_tui.domain.alert import Notice
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.secret import Secret, without_secrets
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Channel

if TYPE_CHECKING:
    import aiosmtplib

Tls: TypeAlias = Literal["starttls", "implicit", "none"]

_PORTS: dict[Tls, int] = {"starttls": 587, "implicit": 465, "none": 25}
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?")
_HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z._-]*[0-9A-Za-z])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Mail goes from `sender` to each of `to`, which are bare addresses.

    `tls` is "starttls", "implicit" or "none". Left out, port 465 is implicit, this
    host's own mail server is asked without, and every other must take STARTTLS. `port`
    left out is 587, 465 or 25 with them. `ca_file` (PEM) names the authorities to
    trust in place of the system's.
    """

    host: str
    sender: str
    to: tuple[str, ...]
    port: int | None = None
    tls: Tls | None = None
    user: str = ""
    password: Secret | None = None
    ca_file: str = ""

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host) and _address(self.host) is None:
            raise ValueError(
                f"host must be a mail server's name or address, not "
                f"{visible(self.host)!r}: its port goes into port"
            )
        if self.port is not None and not 1 <= self.port <= 65535:
            raise ValueError(f"port must be from 1 to 65535, not {self.port}")
        _check_address("sender", self.sender)
        for address in self.to:
            _check_address("to", address)
        if not self.to:
            raise ValueError('to must name somebody: ["ops@example.org"]')
        _check_login(self)
        _check_ca_file(self)

    @property
    def way(self) -> Tls:
        if self.tls is not None:
            return self.tls
        if self.port == _PORTS["implicit"]:
            return "implicit"
        is_near = is_loopback(self.host) and self.port != _PORTS["starttls"]
        return "none" if is_near else "starttls"

    @property
    def port_used(self) -> int:
        return self.port or _PORTS[self.way]


class SmtpChannel:
    """Satisfies ports.Channel. Each mail has a connection of its own: servers end one
    that idles, and notices are rare.
    """

    def __init__(
        self, options: Options, secrets: tuple[Secret, ...] = (), now: Now = wall_now
    ) -> None:
        self._options = options
        self._now = now
        self._secrets = (*secrets_of_login(options.user, options.password), *secrets)
        self._told: tuple[str, frozenset[str]] = ("", frozenset())

    async def deliver(self, notice: Notice) -> None:
        """Of several addresses some may be refused: the mail is sent again to these
        alone.
        """
        try:
            await self._deliver(notice)
        except DeliveryFailed as error:
            words = one_line(without_secrets(str(error), self._secrets))
            raise DeliveryFailed(words, is_final=error.is_final) from error.__cause__

    async def close(self) -> None:
        """There is nothing to let go of: a connection ends with its mail."""

    async def _deliver(self, notice: Notice) -> None:
        told = self._told[1] if self._told[0] == notice.id else frozenset[str]()
        options = self._options
        to = [address for address in options.to if address not in told]
        message = mail(notice, self._now(), options.sender, options.to)
        client = await self._client(notice)
        from aiosmtplib import SMTPException

        try:
            await client.connect()
            missed, _ = await client.sendmail(options.sender, to, message)
            _say_goodbye(client)
        except (SMTPException, OSError, ValueError) as error:
            raise failed(error, options.host, options.port_used) from error
        finally:
            client.close()
        self._told = (notice.id, told.union(to) - missed.keys())
        if missed:
            raise refused({one: (why.code, why.message) for one, why in missed.items()})

    async def _client(self, notice: Notice) -> "aiosmtplib.SMTP":
        await asyncio.to_thread(import_module, "aiosmtplib")
        from aiosmtplib import SMTP

        options, way = self._options, self._options.way
        tls = None
        if way != "none":
            tls = await asyncio.to_thread(_tls_context, options.ca_file)
        return SMTP(
            hostname=options.host,
            port=options.port_used,
            username=options.user or None,
            password=options.password.reveal() if options.password else None,
            local_hostname=notice.host if _HOST.fullmatch(notice.host) else "localhost",
            timeout=None,  # the deadline is our caller's
            use_tls=way == "implicit",
            start_tls=way == "starttls",
            tls_context=tls,
        )


def open_channel(
    settings: ChannelSettings,
    attend: Callable[[AttentionCalled], object],
    now: Now = wall_now,
) -> Channel:
    return SmtpChannel(cast(Options, settings.options), settings.secrets, now)


def shown_target(options: Options) -> str:
    more = f" and {len(options.to) - 1} more" if len(options.to) > 1 else ""
    way = f"{options.host}:{options.port_used}"
    return visible(f"{options.to[0]}{more} by {way}")


def is_loopback(host: str) -> bool:
    address = _address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _say_goodbye(client: "aiosmtplib.SMTP") -> None:
    """Send QUIT, and do not wait for the answer: the mail is taken, and a server that
    hangs now must not have it sent twice.
    """
    transport = client.transport
    if isinstance(transport, asyncio.WriteTransport) and not transport.is_closing():
        transport.write(b"QUIT\r\n")


def _tls_context(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file or None)


def _check_address(key: str, address: str) -> None:
    if not address.isascii() or not _ADDRESS.fullmatch(address):
        raise ValueError(
            f"{key}: {visible(address)!r} is no bare e-mail address: write it as "
            "ops@example.org (a name in another script as xn--...)"
        )


def _check_login(options: Options) -> None:
    if bool(options.user) != (options.password is not None):
        missing = "password" if options.user else "user"
        raise ValueError(f"{missing} is missing: a login is user and password")
    if any(char < " " or char == "\x7f" for char in options.user):
        raise ValueError("user has a control character in it")
    if options.user and options.way == "none" and not is_loopback(options.host):
        raise ValueError(
            'tls = "none" would send the password for all to read: write "starttls" '
            'or "implicit"'
        )


def _check_ca_file(options: Options) -> None:
    if not options.ca_file:
        return
    if options.way == "none":
        raise ValueError('ca_file is of no use without tls: write tls = "starttls"')
    try:
        _tls_context(options.ca_file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ValueError(
            f"ca_file {visible(options.ca_file)!r} cannot be used: {one_line(str(why))}"
        ) from None
