"""Many platforms that turn bad within one interval: one cause, rather than many.

Only turns count: a platform that has been down for an hour is no news, and is left out
on both sides. A check that passes costs one look into a set.
"""

from collections.abc import Callable

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Snapshot

FEWEST = 4  # of fewer platforms over half is soon reached by chance
_COUNT_EVERY_S = 1.0


class MassFailure:
    """Knows whether over half of the platforms that were well fail at once.

    `look` gives the newest snapshot: who is watched, and neither paused nor held.
    """

    def __init__(self, look: Callable[[], Snapshot]) -> None:
        self._look = look
        self._counted: frozenset[PlatformName] = frozenset()
        self._counted_at = float("-inf")
        self._bad: set[PlatformName] = set()
        self._fresh: dict[PlatformName, float] = {}  # turned bad, and news until then
        self._failing: set[PlatformName] = set()
        self.is_on = False
        self.episode = 0  # the number of the last one

    @property
    def failing(self) -> int:
        return len(self._failing)

    @property
    def platforms(self) -> tuple[PlatformName, ...]:
        """Return those that fail together, by name; none while all is well."""
        return tuple(sorted(self._failing))

    @property
    def watched(self) -> int:
        return len(self._counted)

    def was_bad(self, name: PlatformName) -> bool:
        return name in self._bad

    def passed(self, name: PlatformName, now: float) -> None:
        """Note a pass of a platform that was bad."""
        self._forget(name)
        if self.is_on:
            self._end_when_over(now)

    def failed(self, name: PlatformName, interval_s: float, now: float) -> bool:
        """Note a bad verdict; it is news for `interval_s`. True: many fail at once."""
        is_news = name not in self._bad
        if is_news:
            self._bad.add(name)
            self._fresh[name] = now + interval_s
        if self.is_on:
            if is_news:
                self._failing.add(name)
            self._end_when_over(now)
        elif is_news and self._is_mass(now):
            self.is_on, self._failing = True, set(self._fresh)
            self.episode += 1
        return self.is_on

    def _is_mass(self, now: float) -> bool:
        self._count(now)
        if not self._is_over_half(len(self._fresh)):
            return False
        for name in [name for name, until in self._fresh.items() if until < now]:
            del self._fresh[name]
        return self._is_over_half(len(self._fresh))

    def _is_over_half(self, failing: int) -> bool:
        were_well = len(self._counted) - len(self._bad) + failing
        return were_well >= FEWEST and 2 * failing > were_well

    def _end_when_over(self, now: float) -> None:
        self._count(now)
        if not self._is_over_half(len(self._failing)):
            self.is_on, self._failing = False, set()
            self._fresh.clear()  # they have been told: no news any more

    def _count(self, now: float) -> None:
        """Look who is watched: once a second at the most, it costs as many looks."""
        if now - self._counted_at < _COUNT_EVERY_S:
            return
        self._counted_at = now
        self._counted = frozenset(
            view.name
            for view in self._look().platforms.in_order()
            if not view.pause and view.breaker.state is not BreakerState.HELD
        )
        for name in self._bad - self._counted:
            self._forget(name)

    def _forget(self, name: PlatformName) -> None:
        self._bad.discard(name)
        self._fresh.pop(name, None)
        self._failing.discard(name)
