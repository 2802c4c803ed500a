"""Other programs that ask our breakers before each call, and what they say of it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import Quorum
from conductor_tui.domain.ids import ClientId, Epoch, PlatformName

LEAST_SHARED = 2  # a share is never of fewer: one bad client must not poison all


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What went through a breaker in one or many clients. `calls` ran, `failed` of
    them (a cancelled one did not); `rejected` were not run. Totals since the client
    came; `_hz` a second, lately.
    """

    calls: int = 0
    failed: int = 0
    rejected: int = 0
    calls_hz: float = 0.0
    failed_hz: float = 0.0
    rejected_hz: float = 0.0

    @property
    def is_flowing(self) -> bool:
        return bool(self.calls_hz or self.failed_hz or self.rejected_hz)

    @property
    def at_rest(self) -> "Traffic":
        return replace(self, calls_hz=0.0, failed_hz=0.0, rejected_hz=0.0)

    def __add__(self, other: "Traffic") -> "Traffic":
        return Traffic(
            calls=self.calls + other.calls,
            failed=self.failed + other.failed,
            rejected=self.rejected + other.rejected,
            calls_hz=self.calls_hz + other.calls_hz,
            failed_hz=self.failed_hz + other.failed_hz,
            rejected_hz=self.rejected_hz + other.rejected_hz,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One breaker in one client. `epoch` is that of the word of ours that it goes by;
    None: it has none yet. `state` is what its own failures made of it, `streak` how
    many there were in a row, `error` the newest. `reports`: its word counts for all.
    """

    platform: PlatformName
    epoch: Epoch | None = None
    state: BreakerState = BreakerState.CLOSED
    streak: int = 0
    error: str = ""
    reports: bool = False
    traffic: Traffic = field(default_factory=Traffic)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientView:
    """A process that asks our breakers, since `at`. `by` is its user, as we know it.
    `is_new`: it was attached to nobody before, so that its totals begin here.
    """

    id: ClientId
    name: str
    pid: int | None
    by: str
    origin: str
    at: datetime
    is_new: bool = False
    holdings: Mapping[PlatformName, Holding] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """Return "bot-a pid 812"."""
        return self.name if self.pid is None else f"{self.name} pid {self.pid}"


@dataclass(frozen=True, slots=True)
class Applied:
    """How many of the clients that hold a breaker go by its newest word."""

    count: int
    of: int

    @property
    def is_whole(self) -> bool:
        return self.count == self.of

    @property
    def words(self) -> str:
        return f"{self.count}/{self.of}"


def holders(
    clients: Iterable[ClientView], platform: PlatformName
) -> tuple[tuple[ClientView, Holding], ...]:
    """Return the clients that hold the breaker of a platform, and what they do."""
    return tuple(
        (client, client.holdings[platform])
        for client in clients
        if platform in client.holdings
    )


def applied(
    clients: Iterable[ClientView], platform: PlatformName, breaker: BreakerView
) -> Applied:
    """Return on how many clients the newest word about a breaker is in force."""
    epochs = [holding.epoch for _, holding in holders(clients, platform)]
    return Applied(sum(one == breaker.epoch for one in epochs), len(epochs))


def traffic(clients: Iterable[ClientView], platform: PlatformName) -> Traffic:
    """Return the sum of what goes through a breaker in all clients."""
    every = (holding.traffic for _, holding in holders(clients, platform))
    return sum(every, start=Traffic())


def needed(quorum: Quorum, reporting: int) -> int:
    """Return how many of the clients that report must see failures until the breaker
    opens for all: a number, or a share of them, but never fewer than LEAST_SHARED.
    """
    if isinstance(quorum, int):
        return quorum
    return max(LEAST_SHARED, math.ceil(quorum * reporting))
