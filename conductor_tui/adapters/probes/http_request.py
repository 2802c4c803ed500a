"""What an http check sends: one request, built once, the same bytes every time."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence

from conductor_tui import __version__
from conductor_tui.adapters.probes.http_target import Target
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.text import visible

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
# may be sent twice to the same effect as once (RFC 9110 section 9.2.2)
_IDEMPOTENT = frozenset(METHODS) - {"POST", "PATCH"}
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# a field value without line breaks and other control characters; a tab is allowed
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
# how long a message is and how it ends is the probe's own business
_OURS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def is_idempotent(method: str) -> bool:
    return method in _IDEMPOTENT


def check_method(method: str, body: str) -> None:
    """Raise ValueError in words for a method that cannot be asked with."""
    if method not in METHODS:
        usual = ", ".join(METHODS)
        raise ValueError(
            f"method must be one of {usual}, in capitals, not {visible(method)!r}"
        )
    if body and method in ("HEAD", "TRACE"):
        raise ValueError(f"body cannot be sent with {method}: use POST or PUT")


def check_headers(headers: Mapping[str, Secret]) -> None:
    """Raise ValueError in words, which never repeat a value: it may be a secret."""
    seen = set[str]()
    for name, value in headers.items():
        shown = visible(name, 60)
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"headers: {shown!r} is no name of an HTTP header")
        if name.lower() in _OURS:
            raise ValueError(f"headers: {shown!r} is set by the probe itself")
        if name.lower() in seen:
            raise ValueError(f"headers: {shown!r} is there twice, in other letters")
        if not _VALUE.fullmatch(value.reveal()):
            raise ValueError(
                f"headers: the value of {shown!r} has a line break or another control "
                "character in it"
            )
        seen.add(name.lower())


def check_credentials(
    username: str,
    password: Secret | None,
    bearer: Secret | None,
    headers: Mapping[str, Secret],
) -> None:
    """Raise ValueError in words for credentials that contradict each other."""
    if ":" in username or not username.isprintable():
        raise ValueError("username must have no colon and no control character in it")
    if password is not None and not username:
        raise ValueError("password needs a username beside it")
    if bearer is not None and username:
        raise ValueError("bearer and username are two ways to log in: keep one")
    if bearer is not None and not re.fullmatch(r"[!-~]+", bearer.reveal()):
        raise ValueError("bearer must be a token of visible ASCII without spaces")
    if (bearer is not None or username) and _names(headers) & {"authorization"}:
        raise ValueError(
            'headers: "Authorization" is there beside username or bearer: keep one'
        )


def authorization(
    username: str, password: Secret | None, bearer: Secret | None
) -> Secret | None:
    """Return the Authorization header's value; None without credentials."""
    if bearer is not None:
        return Secret(f"Bearer {bearer.reveal()}", "Bearer ***")
    if not username:
        return None
    pair = f"{username}:{password.reveal() if password is not None else ''}"
    return Secret(f"Basic {b64encode(pair.encode()).decode()}", "Basic ***")


def secrets_sent(
    headers: Mapping[str, Secret], password: Secret | None
) -> Sequence[Secret]:
    """Return what an answer may repeat: the values of headers, also without the scheme
    of an Authorization (a token, base64 of a password), and the password itself.
    """
    words = [value.reveal().partition(" ")[2] for value in headers.values()]
    given = [*headers.values(), *([password] if password is not None else [])]
    return [*given, *(Secret(word) for word in words if word)]


def request_bytes(
    target: Target,
    method: str = "GET",
    headers: Mapping[str, Secret] | None = None,
    body: str = "",
) -> bytes:
    """Return head and body as they go out. `headers` replace our own of that name.

    The Host header may be another than the URL's (a virtual host); the connection, the
    name in the TLS handshake and the certificate's check still go by the URL.
    """
    given = headers or {}
    fields = {
        "Host": target.authority,
        "User-Agent": f"conductor-tui/{__version__}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",  # a body must be readable without decoding
    }
    fields = {k: v for k, v in fields.items() if k.lower() not in _names(given)}
    fields |= {name: value.reveal().strip(" \t") for name, value in given.items()}
    content = body.encode()
    if content or method in _WITH_BODY:
        fields["Content-Length"] = str(len(content))
    lines = [f"{method} {target.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join((*lines, "", "")).encode() + content


def _names(headers: Mapping[str, Secret]) -> set[str]:
    return {name.lower() for name in headers}
