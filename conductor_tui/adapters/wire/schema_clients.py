"""The shapes of what is told of other programs that ask our breakers: see `schema`.

A name that ends in `_hz` is a rate: so many a second, lately. Counts are totals since
the client came.
"""

from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from conductor_tui.domain.breaker import BreakerState


class TrafficDocument(TypedDict):
    """What clients send through a breaker: `rejected` calls were not run, `calls` were,
    and `failed` of them failed. The newest word about the breaker is in force in
    `applied` of the `clients` that hold it.
    """

    clients: int
    applied: int
    calls: int
    failed: int
    rejected: int
    calls_hz: float
    failed_hz: float
    rejected_hz: float


class HoldingDocument(TypedDict):
    """One breaker in one client. `epoch` is that of the word that it goes by (null: it
    has none), `state` what its own failures made of it, `streak` how many in a row.
    """

    name: str
    epoch: int | None
    applied: bool
    state: BreakerState
    streak: int
    error: str
    reports: bool
    calls: int
    failed: int
    rejected: int
    calls_hz: float
    failed_hz: float
    rejected_hz: float


class ClientDocument(TypedDict):
    """A program that asks our breakers before each call, since `at`."""

    id: str
    name: str
    pid: int | None
    by: str
    origin: str
    at: str | None
    breakers: list[HoldingDocument]
