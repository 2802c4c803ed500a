"""Each platform's own place in its interval, given to the scheduler as beats."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.schedule import first_due, fixed_phase, hash_phase
from conductor_tui.engine.scheduler import Scheduler
from conductor_tui.ports import Clock

# The first checks of all platforms: one behind the other, and soon over.
WARM_UP_SPACING_S, WARM_UP_S = 0.002, 2.5


def warm_up_spacing_s(platforms: int) -> float:
    """Return the seconds between the first checks of so many platforms."""
    return min(WARM_UP_SPACING_S, WARM_UP_S / max(1, platforms))


class Beats:
    """Knows who beats when. `spacing_s` None spreads by hash, a number by place.

    While `is_silent` nobody beats at all; `pace_of` says how many times as long an
    interval is for now.
    """

    def __init__(
        self, scheduler: Scheduler, clock: Clock, spacing_s: float | None
    ) -> None:
        self._scheduler, self._clock = scheduler, clock
        self._spacing_s = spacing_s
        self.is_silent = False
        self._places: dict[PlatformName, int] = {}
        self.pace_of: Callable[[CheckSpec], float] = lambda spec: 1.0
        self._given: dict[PlatformName, tuple[float, float]] = {}  # phase, interval

    def line_up(self, order: Iterable[PlatformName], spacing_s: float | None) -> None:
        """Give places anew, in this order. Beats move when they are next given."""
        self._spacing_s = spacing_s
        self._places = {name: place for place, name in enumerate(order)}

    def give(self, spec: CheckSpec) -> None:
        """Put a platform's beats where they belong; those that are right stay."""
        if self.is_silent:
            return
        name = spec.platform
        self._places.setdefault(name, len(self._places))
        interval_s = spec.interval_s * self.pace_of(spec)
        beat = (self._phase(spec, interval_s), interval_s)
        if self._given.get(name) == beat:
            return
        self._given[name] = beat
        due = first_due(
            *beat, wall_s=self._clock.now().timestamp(), now=self._clock.monotonic()
        )
        self._scheduler.add(name, first_due=due, interval_s=interval_s)

    def take(self, name: PlatformName) -> None:
        """Let a platform beat no more; its place stays its own."""
        self._given.pop(name, None)
        self._scheduler.remove(name)

    def forget(self, name: PlatformName) -> None:
        self.take(name)
        self._places.pop(name, None)

    def next_at(self, name: PlatformName) -> datetime | None:
        due = self._scheduler.due(name)
        if due is None:
            return None
        return self._clock.now() + timedelta(seconds=due - self._clock.monotonic())

    def _phase(self, spec: CheckSpec, interval_s: float) -> float:
        if self._spacing_s is None:
            return hash_phase(spec.platform, interval_s)
        return fixed_phase(
            self._places[spec.platform],
            spacing_s=self._spacing_s,
            interval_s=interval_s,
        )
