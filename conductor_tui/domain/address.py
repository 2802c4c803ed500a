"""Where a target is, as far as its words say."""

import re
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379, "postgres": 5432}
_PORTS |= {"postgresql": 5432, "ws": 80, "wss": 443, "tls": 443}
_HOST_PORT = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")


def host_of(target: str) -> str | None:
    """Return "host:port" in lower case, IPv6 in brackets; None: the words name none.
    A URL without a port has that of its scheme.
    """
    if "://" in target:
        return _of_url(target)
    found = _HOST_PORT.fullmatch(target)
    return f"{found[1].lower()}:{int(found[2])}" if found else None


def _of_url(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:  # a port that is none
        return None
    if not host or port is None:
        return None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
