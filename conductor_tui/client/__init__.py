"""For other programs: ask a breaker before each call, and beat.

    from conductor_tui.client import Client, Rejected

    client = Client("bot-a")

    @client.breaker("redis")
    def get(key): ...

A trip in the dashboard stops `get` within milliseconds, here and in every process that
asks: it raises Rejected instead of being run. It is decided from memory, told by the
conductor; without one its last word is kept, and this process's own failures open the
breaker by aiobreaker's rule. Importing this imports no Textual, no asyncio, no HTTP
library; one connection and two threads begin with the first breaker that is asked.
"""

from typing import TYPE_CHECKING, Any

from conductor_tui.client.breaker import Breaker
from conductor_tui.client.client import Client
from conductor_tui.client.dispatching import Sent
from conductor_tui.client.permits import Permit
from conductor_tui.client.rejected import Rejected

if TYPE_CHECKING:
    from conductor_tui.client.aio import AsyncClient
    from conductor_tui.client.beater import Beater

__all__ = ["AsyncClient", "Beater", "Breaker", "Client", "Permit", "Rejected", "Sent"]
_LATER = {
    "AsyncClient": "conductor_tui.client.aio",
    "Beater": "conductor_tui.client.beater",
}


def __getattr__(name: str) -> Any:
    """Import what not everybody needs: asyncio takes as long as all the rest."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATER[name]), name)
