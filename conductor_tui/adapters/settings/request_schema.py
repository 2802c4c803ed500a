"""The tables about requests as pydantic models: [requests], [[route]] and so on."""

from typing import Annotated, Literal

from pydantic import Field

from conductor_tui.adapters.settings.schema import Table
from conductor_tui.adapters.settings.values import (
    Between,
    LetterSize,
    Seconds,
    Words,
)


class RequestTable(Table):
    """What one platform takes, or all that have no table of their own."""

    at_once: Annotated[int, Between(1, 1000)] | None = None
    waiting: Annotated[int, Between(0, 10_000)] | None = None
    attempts: Annotated[int, Between(1, 10)] | None = None
    deadline: Seconds | None = None
    redrives: Annotated[int, Between(0, 1000)] | None = None
    redrive_rate: Annotated[float, Between(0.01, 1000)] | None = None


class RouteTable(Table):
    kind: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, alias="type"
    )
    to: Words | None = None
    choose: Literal["order", "least_loaded"] | None = None


class LettersTable(Table):
    count: Annotated[int, Between(1, 100_000)] | None = Field(default=None, alias="max")
    size: LetterSize | None = Field(default=None, alias="max_size")
