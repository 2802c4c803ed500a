"""The canary probe: it fails on purpose, so that an alert is known to get through.

For `lasts` at the beginning of every `every`, counted by the wall clock from 1970 (so
"24h" begins at midnight UTC), the platform fails. The drill goes the whole way of a
real failure: probe, breaker, alert, channel. It should last longer than it takes to be
believed, the `failures` of the breaker times the interval.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.duration import parse_duration
from conductor_tui.ports import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Durations, such as "24h": `lasts` is how long it fails in each `every`."""

    every: str = "24h"
    lasts: str = "1m"

    def __post_init__(self) -> None:
        if _seconds("lasts", self.lasts) >= _seconds("every", self.every):
            raise ValueError(
                f"lasts ({self.lasts}) must be less than every ({self.every}): "
                "a canary is well between its drills"
            )


class CanaryProbe:
    """Looks at nothing but the clock. Satisfies ports.Probe. `now` is Unix seconds."""

    def __init__(self, options: Options, now: Callable[[], float] = time.time) -> None:
        self._every_s = parse_duration(options.every)
        self._lasts_s = parse_duration(options.lasts)
        self._now = now

    async def __call__(self) -> Finding:
        now = self._now()
        phase_s = now % self._every_s
        if phase_s < self._lasts_s:
            until = _shown(now - phase_s + self._lasts_s)
            words = f"a drill: it fails on purpose until {until}"
            return Finding(Outcome.FAILED, words)
        begins = _shown(now - phase_s + self._every_s)
        return Finding(Outcome.PASSED, f"the next drill begins at {begins}")

    def close(self) -> None:
        """There is nothing to let go of."""


def open_probe(options: Options) -> Probe:
    return CanaryProbe(options)


def shown_target(options: Options) -> str:
    return f"a drill of {options.lasts} every {options.every}"


def _seconds(key: str, text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None
    if seconds <= 0:
        raise ValueError(f"{key} must be longer than {text}")
    return seconds


def _shown(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
