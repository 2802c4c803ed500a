"""`host:port` as people write it, and a system's network errors in words."""

import errno
import os
import re
import socket
from collections import Counter
from dataclasses import dataclass

from conductor_tui.adapters.probes import shortage
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line, visible

_BRACKETED = re.compile(r"\[(?P<host>[^\[\]]+)\](?::(?P<port>[^:]*))?")
_OUR_SHORTAGE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "the connection was reset",
    errno.ECONNABORTED: "the connection was aborted",
    errno.EPIPE: "the connection was closed by the other side",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network unreachable",
    errno.ENETDOWN: "network down",
    errno.EHOSTDOWN: "host down",
    errno.ETIMEDOUT: "no answer: the system gave up waiting",
    errno.EADDRNOTAVAIL: "no such local address, or no free local port",
    **{number: shortage.WORDS[number] for number in _OUR_SHORTAGE},
    errno.EACCES: "the system does not permit the connection (firewall?)",
    errno.EPERM: "the system does not permit the connection (firewall?)",
}


@dataclass(frozen=True, slots=True)
class Address:
    """A host (name, IPv4 or IPv6 without brackets) and a port, 1..65535."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_address(text: str, *, kind: str, default_port: int | None = None) -> Address:
    """Return the address in "host:port", "[::1]:6379", or "host" with a default port.

    Raises ValueError in words; `kind` ("tcp") says whose target it is.
    """
    _refuse_url(text, kind)
    host, port = _split(text, kind, default_port)
    _refuse_bad_host(host, text, kind)
    if port is None:
        if default_port is None:
            raise ValueError(
                f'{kind} target must be "host:port", such as "127.0.0.1:8080", '
                f"not {text!r}"
            )
        return Address(host, default_port)
    return Address(host, parse_port(port, text=text, kind=kind))


def parse_port(port: str, *, text: str, kind: str) -> int:
    """Return the port number. Raises ValueError in words; `text` is all of it."""
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError(
            f"{kind} target {text!r}: the port must be a number from 1 to 65535, "
            f"not {port!r}"
        )
    return int(port)


def network_finding(error: OSError, host: str = "") -> Finding:
    """Return a failed finding in words; where the shortage is our own, one that
    counts for nothing: it says nothing about the target.
    """
    words = network_words(error, host)
    ours = any(words == _WORDS[number] for number in _OUR_SHORTAGE)
    return Finding(Outcome.INCONCLUSIVE if ours else Outcome.FAILED, words)


def network_words(error: OSError, host: str = "") -> str:
    """Return what went wrong in a few words: "connection refused".

    Where a name has several addresses, asyncio tries them all and packs what each
    said into one text without an errno; the commonest of those is told.
    """
    if isinstance(error, socket.gaierror):
        why = (error.strerror or "").lower()
        return one_line(f"cannot resolve {host!r}: {why}".removesuffix(": "))
    number = error.errno or _commonest_errno(str(error))
    if number in _WORDS:
        return _WORDS[number]
    words = os.strerror(number).lower() if number else str(error)
    return one_line(words or type(error).__name__)


def _refuse_url(text: str, kind: str) -> None:
    """Raise ValueError for "redis://user:password@host:1/0", repeating no password."""
    if "://" not in text and "@" not in text:
        return
    after = text.rpartition("@")[2].rpartition("://")[2]
    address = re.split("[/?#]", after, maxsplit=1)[0] or "127.0.0.1:8080"
    raise ValueError(
        f'{kind} target must be "host:port" alone, not a URL, without user and '
        f'password: write "{visible(address, 80)}"'
    )


def _split(text: str, kind: str, default_port: int | None) -> tuple[str, str | None]:
    """Return host and port, both unchecked; the port is None where none is written."""
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed is not None:
        return bracketed["host"], bracketed["port"]
    if text.count(":") > 1:
        example = f"[::1]:{default_port or 8080}"
        raise ValueError(
            f"{kind} target {text!r}: write an IPv6 address in brackets and a port "
            f'after it, such as "{example}"'
        )
    host, colon, port = text.partition(":")
    return host, port if colon else None


def _refuse_bad_host(host: str, text: str, kind: str) -> None:
    try:
        fine = host.isprintable() and len(host.split()) == 1 and "/" not in host
        host.encode("idna")  # what the resolver does; it raises on a name too long
    except UnicodeError:
        fine = False
    if not fine:
        raise ValueError(
            f'{kind} target must be "host:port", such as "127.0.0.1:8080", not {text!r}'
        )


def _commonest_errno(text: str) -> int:
    numbers = Counter(int(number) for number in re.findall(r"\[Errno (\d+)\]", text))
    return numbers.most_common(1)[0][0] if numbers else 0
