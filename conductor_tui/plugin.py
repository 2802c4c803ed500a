"""All that the author of a plug-in imports: what it is asked, and what it answers.

A plug-in is a class with the four methods of `Plugin`. Conductor makes one object of
it, without arguments, in a process of its own, and calls the methods on one asyncio
loop there, `health_check` and `handle_request` also at the same time.

Two attributes of the class may say more. `Config` is the schema of its settings, a
dataclass, a pydantic model or a TypedDict: what stands in `[plugin.NAME.config]` is
checked against it before anything begins, and `initialize` gets an object of it.
Without one it gets the table as it is. `requires` names the plug-ins that must be
ACTIVE before this one begins.
"""

from typing import Any, Protocol

from conductor_tui.domain.plugin_calls import (
    ConfigInvalid,
    Json,
    PluginBusy,
    PluginError,
    PluginHealth,
    Reply,
    Request,
    RequestRefused,
)

__all__ = [
    "ENTRY_POINTS",
    "ConfigInvalid",
    "Json",
    "Plugin",
    "PluginBusy",
    "PluginError",
    "PluginHealth",
    "Reply",
    "Request",
    "RequestRefused",
]

ENTRY_POINTS = "conductor_tui.platforms"


class Plugin(Protocol):
    """What a plug-in's class must have. Nothing is to be inherited.

    Whatever a method raises hurts nobody but this plug-in, and is shown to a person.
    """

    async def initialize(self, config: Any) -> None:
        """Get ready. Raises ConfigInvalid where the settings cannot work, which stops
        it; anything else is tried again.
        """

    async def health_check(self) -> PluginHealth:
        """Say how the platform is. It is cancelled at the deadline of its check."""

    async def handle_request(self, request: Request) -> Reply:
        """Do one thing. Raises PluginError where trying again may help, and
        RequestRefused where it will not. It is cancelled at its deadline.
        """

    async def shutdown(self) -> None:
        """Let go of everything, within some seconds: then it is killed."""
