"""In which order platforms stand: worst first, but never under a person's fingers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.words import is_stale

CALM_AFTER_KEY = timedelta(seconds=5)

_RANKS = {
    Health.FAILED: 0,
    Health.CRITICAL: 2,
    Health.DEGRADED: 3,
    Health.UNKNOWN: 5,
    Health.HEALTHY: 6,
}
_HELD, _SHUT, _STALE = 1, 3, 4


def rank(view: PlatformView, now: datetime) -> int:
    """Return how much the platform needs a person: 0 the most."""
    if view.breaker.state is BreakerState.HELD:
        return _HELD
    own = _RANKS[view.health]
    if view.breaker.state is not BreakerState.CLOSED:
        return min(own, _SHUT)
    return min(own, _STALE) if own > _STALE and is_stale(view, now) else own


def worst_first(
    platforms: Mapping[PlatformName, PlatformView], now: datetime
) -> tuple[PlatformName, ...]:
    """Return the names, worst first; among equals as they came."""
    return tuple(sorted(platforms, key=lambda name: rank(platforms[name], now)))


def kept(
    before: Sequence[PlatformName], platforms: Mapping[PlatformName, PlatformView]
) -> tuple[PlatformName, ...]:
    """Return the order as it was: without what has gone, new platforms at the end."""
    known = frozenset(before)
    stayed = [name for name in before if name in platforms]
    return (*stayed, *[name for name in platforms if name not in known])


class Order:
    """The order on one screen. It holds still for CALM_AFTER_KEY after a key press,
    so that the row a person aims at does not move.
    """

    def __init__(self) -> None:
        self.names: tuple[PlatformName, ...] = ()
        self._touched = False
        self._calm_until: datetime | None = None

    def touch(self) -> None:
        """A key was pressed."""
        self._touched = True

    def update(
        self,
        platforms: Mapping[PlatformName, PlatformView],
        now: datetime,
        *,
        frozen: bool = False,
    ) -> tuple[PlatformName, ...]:
        """Return the names in order. `frozen`: a dialog is open."""
        if self._touched:
            self._touched, self._calm_until = False, now + CALM_AFTER_KEY
        left = self._calm_until - now if self._calm_until else timedelta(0)
        calm = timedelta(0) < left <= CALM_AFTER_KEY  # more: the clock was set back
        names = (
            kept(self.names, platforms)
            if self.names and (frozen or calm)
            else worst_first(platforms, now)
        )
        if names != self.names:  # equal orders stay the same object: a cheap cache key
            self.names = names
        return self.names


def follow(
    cursor: PlatformName | None,
    before: Sequence[PlatformName],
    names: Sequence[PlatformName],
) -> PlatformName | None:
    """Return where the cursor stands in `names`: on its platform, or, when that has
    gone, on the one that came after it.
    """
    if not names or cursor in names:
        return cursor if names else None
    later = before[before.index(cursor) :] if cursor in before else ()
    known = frozenset(names)
    return next((name for name in later if name in known), names[-1 if later else 0])
