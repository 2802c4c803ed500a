"""One plug-in's object, and its four methods called as foreign code must be.

Whatever a method raises comes out as one of a few errors in words, and whatever it
returns is looked at before anybody believes it. The same in a worker, in the
conductor's own process, and in the tests of its author.
"""

import asyncio
import inspect
import json
import sys
import traceback
from collections.abc import Mapping
from typing import Any, TypeVar

from conductor_tui.plugin import (
    ConfigInvalid,
    PluginError,
    PluginHealth,
    Reply,
    Request,
)
from conductor_tui.worker.loading import config_of, load_class, required_by, words_of

T = TypeVar("T", PluginHealth, Reply)
LONGEST = 500  # characters of a detail


class Raised(Exception):
    """A method raised what nobody expected; the words say what and where."""


class Garbage(Exception):
    """A method returned what it must not."""


class Hosted:
    """`requires` are the names of the plug-ins that must be there before."""

    def __init__(self, plugin: type[Any], table: Mapping[str, Any]) -> None:
        """Check the settings in `table`. Nothing of the plug-in runs yet but its
        schema. Raises ConfigInvalid and LoadFailed.
        """
        self._class, self._config = plugin, config_of(plugin, table)
        self.requires = required_by(plugin)
        self._plugin: Any = None

    @classmethod
    def load(
        cls, reference: str, table: Mapping[str, Any], *, is_file: bool = False
    ) -> "Hosted":
        """Import `module:Class`, or a file, and check its settings."""
        return cls(load_class(reference, is_file=is_file), table)

    async def initialize(self) -> None:
        """Make the object and let it begin. Raises ConfigInvalid and Raised."""
        try:
            self._plugin = self._class()
        except BaseException as error:
            raise Raised(f"it cannot be made: {words_of(error)}") from error
        await self._call("initialize", self._config)

    async def check(self) -> PluginHealth:
        """Raises Raised and Garbage."""
        health = _typed(await self._call("health_check"), PluginHealth, "health_check")
        for name, kind in (("is_healthy", bool), ("detail", str), ("warns", bool)):
            if not isinstance(getattr(health, name), kind):
                found = getattr(health, name)
                raise Garbage(
                    f"health_check gave {name}={_shown(found)}, no {kind.__name__}"
                )
        return PluginHealth(
            is_healthy=health.is_healthy,
            detail=health.detail[:LONGEST],
            warns=health.warns,
        )

    async def ask(self, request: Request) -> Reply:
        """Raises PluginError, as the plug-in did, Raised and Garbage."""
        reply = _typed(
            await self._call("handle_request", request), Reply, "handle_request"
        )
        if not isinstance(reply.detail, str):
            raise Garbage(f"handle_request gave detail={_shown(reply.detail)}, no str")
        try:
            json.dumps(reply.payload, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            words = f"handle_request gave a payload that is no JSON: {error}"
            raise Garbage(words) from error
        return Reply(payload=reply.payload, detail=reply.detail[:LONGEST])

    async def shutdown(self) -> None:
        """Nothing, where it never began. Raises Raised."""
        if self._plugin is not None:
            await self._call("shutdown")

    async def _call(self, name: str, *arguments: object) -> object:
        try:
            answer = getattr(self._plugin, name)(*arguments)
            if not inspect.isawaitable(answer):
                raise Garbage(f"{name} must be async: it returned {_shown(answer)}")
            return await answer
        except (PluginError, ConfigInvalid, Garbage):
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise Raised(f"{name} raised {words_of(error)}") from error
        except BaseException as error:  # SystemExit is no way out of here
            traceback.print_exc(file=sys.stderr)
            raise Raised(f"{name} raised {words_of(error)}") from error


def _typed(answer: object, kind: type[T], name: str) -> T:
    if not isinstance(answer, kind):
        raise Garbage(f"{name} must return a {kind.__name__}, not {_shown(answer)}")
    return answer


def _shown(value: object) -> str:
    """Return a value as a person may see it; its own words may be anything."""
    try:
        return " ".join(repr(value).split())[:100]
    except Exception:
        return f"a {type(value).__name__}"
