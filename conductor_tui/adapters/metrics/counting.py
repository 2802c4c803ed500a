"""Plain numbers that every event adds to. aioprometheus comes in at a scrape only: its
counters cost twenty times as much, and a thousand results a second are counted here.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from conductor_tui.domain.alert import DeliveryState
from conductor_tui.domain.alert_events import DeliveryChanged
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.client import Holding, Traffic
from conductor_tui.domain.dispatch import TOOK_BOUNDS_S
from conductor_tui.domain.events import (
    BreakerChanged,
    CheckFinished,
    ClientsTold,
    CommandAnswered,
    Envelope,
    LoopStalled,
    PlatformRemoved,
)
from conductor_tui.domain.ids import ClientId, PlatformName

BOUNDS_S = TOOK_BOUNDS_S  # 200 ms is the usual deadline
MOST_PLATFORMS = 5_000  # what comes beyond is counted nowhere, and that is counted
_ENDED = (DeliveryState.SENT, DeliveryState.GIVEN_UP)


@dataclass(slots=True)
class Spread:
    """How long something took: how often it was within each of BOUNDS_S, not more than
    the one before; the last place is for what took longer.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds


@dataclass(slots=True)
class Row:
    """One platform: results by outcome, and how long those took that are a verdict."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    took: Spread = field(default_factory=Spread)


class Counts:
    """Belongs to the engine's loop; a scrape reads it from another thread, so what it
    reads may be a moment apart.
    """

    def __init__(self) -> None:
        self.rows: dict[PlatformName, Row] = {}
        self.events: Counter[str] = Counter()
        self.moves: Counter[BreakerState] = Counter()
        self.commands: Counter[tuple[str, bool]] = Counter()
        self.deliveries: Counter[tuple[str, DeliveryState]] = Counter()
        self.delivered = Spread()
        self.calls: dict[PlatformName, Traffic] = {}
        self.asked: Counter[tuple[PlatformName, bool]] = Counter()
        self._last: dict[ClientId, Mapping[PlatformName, Holding]] = {}
        self.stalls = 0
        self.stalled_s = 0.0
        self.uncounted = 0

    def hear(self, envelope: Envelope) -> None:
        """Count one event. Called for each, so it does as little as it can."""
        event = envelope.event
        if type(event) is CheckFinished:
            self._check(event)
            return
        self.events[type(event).__name__] += 1
        match event:
            case BreakerChanged(breaker=breaker):
                self.moves[breaker.state] += 1
            case CommandAnswered(verb=verb, granted=granted):
                self.commands[verb, granted] += 1
            case DeliveryChanged(delivery=delivery) if delivery.state in _ENDED:
                self.deliveries[delivery.channel, delivery.state] += 1
                if delivery.latency_s is not None:
                    self.delivered.add(max(0.0, delivery.latency_s))
            case LoopStalled(stall=stall):
                self.stalls += 1
                self.stalled_s += stall.lasted_s
            case ClientsTold():
                self._calls(event)
            case PlatformRemoved(platform=platform):
                self.rows.pop(platform, None)
                self.calls.pop(platform, None)
                for was_let in (True, False):
                    self.asked.pop((platform, was_let), None)
            case _:
                pass

    def _check(self, event: CheckFinished) -> None:
        result = event.result
        row = self.rows.get(result.platform)
        if row is None:
            if len(self.rows) >= MOST_PLATFORMS:
                self.uncounted += 1
                return
            row = self.rows[result.platform] = Row()
        row.outcomes[result.outcome] += 1
        if result.outcome.is_verdict:
            row.took.add(result.latency_s)

    def ask(self, platform: PlatformName, was_let: bool) -> None:
        """Count somebody who asked once whether a call may be made."""
        self.asked[platform, was_let] += 1

    def _calls(self, told: ClientsTold) -> None:
        """Count what was added since a client was told last. What it did before the
        first time is not ours where it may have outlived a conductor.
        """
        for client in told.clients:
            before = self._last.get(client.id, {})
            for name, holding in client.holdings.items():
                if name in before:
                    self._add(name, holding.traffic, before[name].traffic)
                elif client.is_new:
                    self._add(name, holding.traffic, Traffic())
            self._last[client.id] = client.holdings
        for gone in told.went:
            self._last.pop(gone, None)

    def _add(self, name: PlatformName, now: Traffic, before: Traffic) -> None:
        if name not in self.calls and len(self.calls) >= MOST_PLATFORMS:
            return
        sum_of = self.calls.get(name, Traffic())
        calls = max(0, now.calls - before.calls)
        failed = max(0, now.failed - before.failed)
        self.calls[name] = Traffic(
            calls=sum_of.calls + calls,
            failed=sum_of.failed + min(failed, calls),  # else successes would fall
            rejected=sum_of.rejected + max(0, now.rejected - before.rejected),
        )
