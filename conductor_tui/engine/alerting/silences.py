"""The silences that are on. Each ends by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conductor_tui.domain.alert import Silence
from conductor_tui.domain.ids import SilenceId
from conductor_tui.ports import Clock


@dataclass(frozen=True, slots=True)
class _On:
    silence: Silence
    until: float  # monotonic: a step of the wall clock neither ends nor prolongs it


class Silences:
    """Iterates over the silences, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._on: dict[SilenceId, _On] = {}

    def __iter__(self) -> Iterator[Silence]:
        return (one.silence for one in self._on.values())

    def __len__(self) -> int:
        return len(self._on)

    def get(self, silence: SilenceId) -> Silence | None:
        one = self._on.get(silence)
        return None if one is None else one.silence

    def begin(self, silence: Silence, ttl_s: float) -> None:
        self._on[silence.id] = _On(silence, self._clock.monotonic() + ttl_s)

    def end(self, silence: SilenceId) -> None:
        self._on.pop(silence, None)

    def restore(self, silences: Iterable[Silence]) -> None:
        """Go on with those that were kept; the next look ends those over meanwhile."""
        wall = self._clock.now()
        for one in silences:
            self.begin(one, (one.until - wall).total_seconds())

    def end_those_over(self) -> list[tuple[Silence, str]]:
        """Return the silences whose time is over, and why each ended."""
        now = self._clock.monotonic()
        over = [one.silence for one in self._on.values() if one.until <= now]
        for silence in over:
            self.end(silence.id)
        return [(silence, "its time is over") for silence in over]
