"""Which platforms stand in which order: but never anew under a person's fingers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias, TypeVar

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.blame import NOBODY
from conductor_tui.tui.present.filter import EVERYTHING, Filter
from conductor_tui.tui.present.spark import latencies
from conductor_tui.tui.present.words import is_stale

Platforms: TypeAlias = Mapping[PlatformName, PlatformView]
Blame: TypeAlias = Mapping[PlatformName, PlatformName]
N = TypeVar("N", bound=str)
_Key: TypeAlias = Callable[[PlatformView], tuple[object, ...]]

CALM_AFTER_KEY = timedelta(seconds=5)

_RANKS = {
    Health.FAILED: 0,
    Health.CRITICAL: 2,
    Health.DEGRADED: 3,
    Health.UNKNOWN: 5,
    Health.HEALTHY: 6,
}
_HELD, _SHUT, _STALE, _PAUSED = 1, 3, 4, 5
_P95_OF = 40  # the newest results, as many as a card shows


class Sort(StrEnum):
    """By what the platforms are sorted, in the order of the keys `<` and `>`."""

    NEED = "need"
    NAME = "name"
    GROUP = "group"
    LATENCY = "p95"
    CHANGE = "last change"
    NEXT = "next check"

    def step(self, by: int) -> "Sort":
        every = list(Sort)
        return every[(every.index(self) + by) % len(every)]


@dataclass(frozen=True, slots=True)
class Taste:
    """What a person wants to see, and in which order."""

    sort: Sort = Sort.NEED
    inverse: bool = False
    filter: Filter = EVERYTHING


PLAIN = Taste()


def rank(view: PlatformView, now: datetime) -> int:
    """Return how much the platform needs a person: 0 the most."""
    if view.breaker.state is BreakerState.HELD:
        return _HELD
    if view.pause is not None:
        return _PAUSED
    own = _RANKS[view.health]
    if view.breaker.state is not BreakerState.CLOSED:
        return min(own, _SHUT)
    return min(own, _STALE) if own > _STALE and is_stale(view, now) else own


def worst_first(
    platforms: Platforms, now: datetime, blame: Blame = NOBODY
) -> tuple[PlatformName, ...]:
    """Return the names, worst first; among equals as they came. One that is unwell
    behind another stands below that.
    """
    if not blame:
        return tuple(sorted(platforms, key=lambda name: rank(platforms[name], now)))
    places = {name: place for place, name in enumerate(platforms)}

    def key(name: PlatformName) -> tuple[int, int, bool]:
        head = blame.get(name, name)
        if head not in platforms:
            head = name
        return rank(platforms[head], now), places[head], head != name

    return tuple(sorted(platforms, key=key))


class Arranger:
    """Sorts and filters. Percentiles are kept for as long as their platform stays."""

    def __init__(self) -> None:
        self._p95: dict[PlatformName, tuple[object, float]] = {}

    def arrange(
        self, platforms: Platforms, now: datetime, taste: Taste, blame: Blame = NOBODY
    ) -> tuple[PlatformName, ...]:
        """Return the names of what the filter accepts, sorted."""
        names = self._sorted(platforms, now, taste.sort, blame)
        if taste.inverse:
            names = names[::-1]
        accepts = taste.filter.accepts
        if not taste.filter.terms:
            return names
        return tuple(n for n in names if accepts(platforms[n], now, blame.get(n)))

    def _sorted(
        self, platforms: Platforms, now: datetime, sort: Sort, blame: Blame
    ) -> tuple[PlatformName, ...]:
        worst = worst_first(platforms, now, blame)
        keys: dict[Sort, _Key] = {
            Sort.NAME: lambda view: (view.name.casefold(),),
            Sort.GROUP: lambda view: (not view.spec.group, view.spec.group.casefold()),
            Sort.LATENCY: lambda view: (-self._latency(view),),
            Sort.CHANGE: lambda view: _moment(view.since, newest_first=True),
            Sort.NEXT: lambda view: _moment(view.next_at),
        }
        key = keys.get(sort)
        if key is None:
            return worst
        return tuple(sorted(worst, key=lambda name: key(platforms[name])))

    def _latency(self, view: PlatformView) -> float:
        """The p95 in seconds; -1 where nothing was measured."""
        known = self._p95.get(view.name)
        if known is not None and known[0] is view.window:
            return known[1]
        p95 = latencies(view.results(_P95_OF)).p95
        took = -1.0 if p95 is None else p95
        self._p95[view.name] = (view.window, took)
        return took


def _moment(at: datetime | None, *, newest_first: bool = False) -> tuple[object, ...]:
    """A key for a moment; none at all goes last."""
    if at is None:
        return True, 0.0
    return False, -at.timestamp() if newest_first else at.timestamp()


class Order:
    """The order on one screen. It holds still for CALM_AFTER_KEY after a touch,
    so that the row a person aims at does not move; another taste counts at once.
    """

    def __init__(self) -> None:
        self.names: tuple[PlatformName, ...] = ()
        self.is_touched = False  # ever
        self._arranger = Arranger()
        self._taste = PLAIN
        self._all: Platforms = {}
        self._touched = False
        self._calm_until: datetime | None = None

    def touch(self) -> None:
        """A key was pressed, or the mouse."""
        self._touched = self.is_touched = True

    def update(
        self,
        platforms: Platforms,
        now: datetime,
        *,
        frozen: bool = False,
        taste: Taste = PLAIN,
        blame: Blame = NOBODY,
    ) -> tuple[PlatformName, ...]:
        """Return the names in order. `frozen`: a dialog is open."""
        if self._touched:
            self._touched, self._calm_until = False, now + CALM_AFTER_KEY
        left = self._calm_until - now if self._calm_until else timedelta(0)
        calm = timedelta(0) < left <= CALM_AFTER_KEY  # more: the clock was set back
        if self.names and taste == self._taste and (frozen or calm):
            names = self._kept(platforms, now, taste, blame)
        else:
            names = self._arranger.arrange(platforms, now, taste, blame)
        self._taste, self._all = taste, platforms
        if names != self.names:  # equal orders stay the same object: a cheap cache key
            self.names = names
        return self.names

    def _kept(
        self, platforms: Platforms, now: datetime, taste: Taste, blame: Blame
    ) -> tuple[PlatformName, ...]:
        """The order as it was; what is new is shown where the filter accepts it."""
        if platforms is self._all:
            return self.names
        accepts, before = taste.filter.accepts, self._all
        fresh = [
            name
            for name, view in platforms.items()
            if name not in before and accepts(view, now, blame.get(name))
        ]
        return (*[n for n in self.names if n in platforms], *fresh)


def follow(cursor: N | None, before: Sequence[N], names: Sequence[N]) -> N | None:
    """Return where the cursor stands in `names`: on its name, or, when that has
    gone, on the one that came after it.
    """
    if not names or cursor in names:
        return cursor if names else None
    later = before[before.index(cursor) :] if cursor in before else ()
    known = frozenset(names)
    return next((name for name in later if name in known), names[-1 if later else 0])
