"""A URL as people write it, taken apart and checked before anything is sent."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

from conductor_tui.domain.text import visible

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_KEPT_IN_PATH = "/?%:@!$&'()*+,;=-._~[]|^`{}\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to connect and what to ask for.

    `host` is ASCII (an IDNA name, or an address without brackets); `path` is
    percent-encoded ASCII, starts with a slash and has the query in it.
    """

    host: str
    port: int
    path: str
    is_tls: bool

    @property
    def authority(self) -> str:
        """What the Host header says: an IPv6 zone and a usual port stay at home."""
        host = f"[{self.host.partition('%')[0]}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def scheme(self) -> str:
        return "https" if self.is_tls else "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_target(text: str) -> Target:
    """Return the parts of an http or https URL. Raises ValueError in words.

    The words never repeat what stands before an @: it may be a password.
    """
    _refuse_bad_text(text)
    parts = _split(text)
    return Target(
        host=_host(parts.hostname or "", text),
        port=_port(parts, text),
        path=quote(parts.path or "/", safe=_KEPT_IN_PATH)
        + (f"?{quote(parts.query, safe=_KEPT_IN_PATH)}" if parts.query else ""),
        is_tls=parts.scheme == "https",
    )


def _refuse_bad_text(text: str) -> None:
    if not text.isprintable() or " " in text:
        raise ValueError(
            "http target must have no spaces or control characters "
            f"(a space is written %20), not {_shown(text)}"
        )
    if "#" in text:
        raise ValueError(
            "http target must have no # part, because no server ever sees it: "
            f"shorten {_shown(text)}"
        )


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ValueError(f"http target {_shown(text)} is no URL: {error}") from None
    if parts.scheme not in _PORTS or not text[len(parts.scheme) :].startswith("://"):
        raise ValueError(
            f"http target must start with http:// or https://, not {_shown(text)}"
        )
    if "@" in parts.netloc:
        raise ValueError(
            "http target must have no user or password before the host: "
            f"write {_shown(text)} without them"
        )
    return parts


def _host(host: str, text: str) -> str:
    if ":" in host:
        return _ipv6(host, text)
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not _NAME.fullmatch(host):
        raise ValueError(
            f"http target {_shown(text)} has no usable host: write it as in "
            '"http://127.0.0.1:8080/health"'
        )
    return host


def _ipv6(host: str, text: str) -> str:
    try:
        return str(IPv6Address(host.replace("%25", "%")))  # RFC 6874
    except ValueError:
        raise ValueError(
            f"http target {_shown(text)}: {visible(host, 40)!r} is no IPv6 address"
        ) from None


def _port(parts: SplitResult, text: str) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(
            f"http target {_shown(text)}: the port must be a number from 1 to 65535"
        )
    return port or _PORTS[parts.scheme]


def _shown(text: str) -> str:
    """Return the text in quotes, without anything that may be a password."""
    return f"'{visible(re.sub(r'[^/]*@', '…@', text))}'"
