"""What stands behind the door: all that HTTP reaches of the engine."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from conductor_tui.adapters.api.tokens import TokenFile
from conductor_tui.domain.ids import PlatformName
from conductor_tui.ports import Archive, Clients, Dispatches, Lobby, Session


async def _nothing() -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """`session` is where commands go; None: heartbeats only. `lobby` knows who looks,
    `clients` which programs ask, `requests` takes what platforms are to do, `archive`
    tells the past, `metrics` gives them as text. `kept` returns once what was heard so
    far is in the journal: a beat is answered then. `asked` hears whose breaker somebody
    asked for, and whether it let him. `audit` is told who was turned away: by, origin,
    what they asked for, why not. `settings` is the whole path of the file that it goes
    by, "" without one.
    """

    session: Session | None = None
    lobby: Lobby | None = None
    clients: Clients | None = None
    requests: Dispatches | None = None
    archive: Archive | None = None
    metrics: Callable[[], Awaitable[bytes]] | None = None
    kept: Callable[[], Awaitable[None]] = _nothing
    asked: Callable[[PlatformName, bool], object] | None = None
    audit: Callable[[str, str, str, str], None] | None = None
    tokens: TokenFile | None = None
    is_daemon: bool = False
    settings: str = ""
