"""What an answer may repeat of what it was sent, and nobody may read."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

from conductor_tui.domain.secret import Secret

_SHORTEST = 4
# parts of paths that tell nothing: hidden, these words would be missing everywhere
_EVERYDAY = frozenset(
    {"alert", "alerts", "api", "hook", "hooks", "publish", "services", "webhook"}
    | {"webhooks", "workflows", "triggers", "notify", "http", "https"}
)


def secrets_of_url(url: Secret) -> tuple[Secret, ...]:
    """Return a URL's parts that must not be shown: all but scheme, host and port."""
    found = dict.fromkeys(filter(_is_telling, _parts(url.reveal())))
    return (url, *(Secret(part) for part in found))


def secrets_of_headers(headers: Mapping[str, Secret]) -> tuple[Secret, ...]:
    """Return their values, also without a scheme such as "Bearer" before them."""
    bare = (value.reveal().partition(" ")[2] for value in headers.values())
    return (*headers.values(), *(Secret(value) for value in bare if value))


def secrets_of_login(user: str, password: Secret | None) -> tuple[Secret, ...]:
    """Return the password, and how HTTP and SMTP send it."""
    if password is None:
        return ()
    word = password.reveal()
    sent = (f"{user}:{word}", f"\0{user}\0{word}", word)
    coded = (Secret(b64encode(one.encode()).decode()) for one in sent)
    return (password, *coded)


def shown_url(url: str) -> str:
    """Return where a URL leads, without what may be a secret in it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    rest = "/..." if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{host}{rest}"


def _parts(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    user, _, password = login.partition(":")
    whole = (parts.path, f"{parts.path}?{parts.query}", parts.query, parts.fragment)
    for part in (*whole, login, password or user):
        yield from _forms(part)
    if login:
        yield b64encode(unquote(login).encode()).decode()
    for piece in parts.path.split("/"):
        yield from _forms(piece)
    for pair in parts.query.split("&"):
        yield from _forms(pair.partition("=")[2])


def _forms(text: str) -> Iterator[str]:
    """Yield it as it stands, decoded, and as another may have encoded it."""
    yield text
    yield unquote(text)
    for plain in (unquote(text), text):
        yield quote(plain, safe="")
        yield quote(plain)


def _is_telling(part: str) -> bool:
    """Say no to what is short or an everyday word; of a path, when each part is."""
    if part.startswith("/"):
        return any(map(_is_telling, part[1:].split("/")))
    return len(part) >= _SHORTEST and part.lower() not in _EVERYDAY
