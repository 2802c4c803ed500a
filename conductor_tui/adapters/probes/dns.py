"""The dns probe: does a server answer, and with the records that are wanted?"""

import math
import os
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from conductor_tui.adapters.probes.address import (
    Address,
    network_finding,
    parse_address,
)
from conductor_tui.adapters.probes.host_lookup import HostLookup, is_address
from conductor_tui.adapters.probes.off_loop import OffLoop
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Probe

if TYPE_CHECKING:
    from conductor_tui.adapters.probes.dns_ask import Answered, Resolver

DEFAULT_PORT = 53
RECORDS = ("A", "AAAA", "MX", "TXT", "CNAME", "NS", "SOA", "SRV", "PTR")
_RESOLV_CONF = "/etc/resolv.conf"
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is the full name to ask for (no search list is tried); for PTR an
    address may stand there. `server` is "host", "host:53" or "[::1]:53"; empty: the
    servers in /etc/resolv.conf, in their order.

    Each value in `expect` must be in the answer, as the record is written in a zone
    file ("10 mail.example.org" for MX), case, blanks and final dots apart; TXT is taken
    to the letter, without quotes. Other values may be there too, unless `exact`. Their
    order means nothing. Nothing expected: any answer passes.
    """

    target: str
    server: str = ""
    record: str = "A"
    expect: tuple[str, ...] = ()
    exact: bool = False

    def __post_init__(self) -> None:
        if self.record.upper() not in RECORDS:
            raise ValueError(
                f"record {self.record!r} is none that is known here: "
                f"{', '.join(RECORDS)}"
            )
        _refuse_bad_name(self)
        if self.server:
            _server(self.server)
        if self.exact and not self.expect:
            raise ValueError(
                "exact needs expect: the values that must be in the answer, and no "
                "others"
            )


class DnsProbe:
    """Keeps a resolver's settings between calls, no connection. Satisfies
    ports.Probe.
    """

    def __init__(self, options: Options, resolv_conf: str = _RESOLV_CONF) -> None:
        self._options = options
        self._resolv_conf = resolv_conf
        self._server = _server(options.server) if options.server else None
        self._lookup = HostLookup(self._server.host) if self._server else None
        self._stamp: object = None
        self._resolver: Resolver | None = None

    async def __call__(self) -> Finding:
        library = await _library.get()
        try:
            resolver = await self._current(library)
        except OSError as error:
            return network_finding(error, self._server.host if self._server else "")
        record = self._options.record.upper()
        answer = await library.ask(resolver, _question(self._options), record)
        return answer if isinstance(answer, Finding) else judge(self._options, answer)

    def close(self) -> None:
        """There is nothing to let go of."""

    async def _current(self, library: Any) -> "Resolver":
        """Return the resolver for this check: a server's name may have moved, and
        resolv.conf changes with the network.
        """
        stamp: object
        if self._server and self._lookup:
            ip = _with_zone((await self._lookup.get()).ip, self._server)
            stamp, make = ip, partial(library.resolver_at, ip, self._server.port)
        else:
            stamp = _stamp(self._resolv_conf)
            make = partial(library.system_resolver, self._resolv_conf)
        if self._resolver is None or stamp != self._stamp:
            self._resolver, self._stamp = make(), stamp
        return self._resolver


def judge(options: Options, answer: "Answered") -> Finding:
    """Hold the answer against what is expected."""
    record = options.record.upper()
    seen = {normal(value, record) for value in answer.values}
    wanted = {normal(value, record): value for value in options.expect}
    ttl = f"TTL {format_duration(answer.ttl_s)}"
    shown = f"{_listed(list(answer.values))} ({ttl})"
    missing = [value for key, value in wanted.items() if key not in seen]
    if missing:
        return Finding(
            Outcome.FAILED, f"{_listed(missing)} is missing: answered {shown}"
        )
    others = [one for one in answer.values if normal(one, record) not in wanted]
    if options.exact and others:
        return Finding(
            Outcome.FAILED, f"{_listed(others)} is not expected: answered {shown}"
        )
    return Finding(Outcome.PASSED, shown)


def normal(value: str, record: str) -> str:
    """Return the value in a form that is equal for values that mean the same."""
    if record == "TXT":
        return value
    if is_address(value):
        return str(ip_address(value))
    return " ".join(word.rstrip(".") or "." for word in value.lower().split())


def open_probe(options: Options) -> Probe:
    return DnsProbe(options)


def shown_target(options: Options) -> str:
    record = options.record.upper()
    shown = options.target if record == "A" else f"{options.target} {record}"
    return f"{shown} @{_server(options.server)}" if options.server else shown


def _import() -> Any:
    return import_module("conductor_tui.adapters.probes.dns_ask")


# off the loop, because it would stall for as long as dnspython takes to come in
_library = OffLoop(_import, fresh_s=math.inf)


def _question(options: Options) -> str:
    if options.record.upper() == "PTR" and is_address(options.target):
        return ip_address(options.target).reverse_pointer
    return options.target


def _server(text: str) -> Address:
    if is_address(text):  # ::1 needs no brackets where no port follows
        return Address(text, DEFAULT_PORT)
    try:
        return parse_address(text, kind="dns", default_port=DEFAULT_PORT)
    except ValueError as error:
        raise ValueError(str(error).replace("dns target", "dns server", 1)) from None


def _refuse_bad_name(options: Options) -> None:
    name = options.target
    if is_address(name) and options.record.upper() == "PTR":
        return
    if is_address(name):
        raise ValueError(
            f'dns target {name!r} is an address: write a name, or record = "PTR" to '
            "ask for the name of an address"
        )
    if not _is_name(name):
        raise ValueError(
            f'dns target must be a name such as "www.example.org", not {name!r}; the '
            "server to ask stands in server"
        )


def _is_name(text: str) -> bool:
    """True for what can be asked: labels of 1 to 63 bytes, 253 in all; or the root."""
    if text == ".":
        return True
    if not text.isprintable() or any(char in text for char in ' /:@"\\'):
        return False
    try:
        plain = text.removesuffix(".").encode("idna")
    except UnicodeError:
        return False
    return 0 < len(plain) <= 253 and all(
        0 < len(label) <= 63 for label in plain.split(b".")
    )


def _listed(values: list[str]) -> str:
    """Return the first values; control characters in TXT are made harmless."""
    shown = ", ".join(one_line(value, 60) for value in values[:_SHOWN])
    more = len(values) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _stamp(path: str) -> object:
    """Return what changes when a file does."""
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


def _with_zone(ip: str, server: Address) -> str:
    """getaddrinfo takes fe80::1%eth0 apart; whoever connects needs it whole."""
    return server.host if "%" in server.host else ip
