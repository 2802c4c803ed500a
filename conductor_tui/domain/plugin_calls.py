"""What goes into a plug-in and comes out: a health, a request, a reply, an error.

Nothing here imports anything of ours: a plug-in's process has these and little else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginHealth:
    """What a plug-in says of its platform. `detail` is for a person: one line.

    `warns` marks a platform that is there, but needs a look.
    """

    is_healthy: bool
    detail: str = ""
    warns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing to do. `id` is the same in every attempt, and in every log line; in
    `deadline_s` (seconds from now) nobody waits for the reply any more.
    """

    id: str
    payload: Json = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1
    deadline_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a request. `detail` is for a person: one line."""

    payload: Json = None
    detail: str = ""


class PluginError(Exception):
    """It failed, and may work when it is tried again: not before `retry_after_s`
    (seconds), where the other side named a time.
    """

    def __init__(self, words: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s


class RequestRefused(PluginError):
    """It will never work as it was asked for: nobody tries it again."""


class PluginBusy(PluginError):
    """Too many requests are under way and waiting already: this one was not begun."""


class ConfigInvalid(PluginError):
    """The plug-in cannot begin with these settings: a person must change them."""
