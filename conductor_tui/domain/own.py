"""Conductor about itself: is it keeping up, and what does it cost this host?"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from conductor_tui.domain.window import Window

OWN_INTERVAL_S = 2.0
_AT, _LAG, _LATE, _CPU, _RSS = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """The engine's loop stands still, or stood, for `lasted_s` since `at`.

    `task` and `where` name what blocked it ("check discord", "my_probe.py:12 in
    fetch"); both are empty when the whole process was stopped or the host asleep:
    `why` says which.
    """

    at: datetime
    lasted_s: float
    task: str = ""
    where: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSample:
    """The process and its engine over the last OWN_INTERVAL_S.

    `lag_*` is how late the loop ran a timer, `late_*` how late a check began, both in
    seconds; `cpu_percent` is of one core, `overruns` and `checks` count since the
    start, `in_flight` checks under way now.
    """

    at: datetime
    lag_p50_s: float = 0.0
    lag_max_s: float = 0.0
    late_p50_s: float = 0.0
    late_p99_s: float = 0.0
    checks: int = 0
    overruns: int = 0
    in_flight: int = 0
    inconclusive: int = 0
    cpu_percent: float = 0.0
    rss_bytes: int = 0
    threads: int = 0
    open_files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnView:
    """The newest sample, 30 minutes of history, and the last stall, if any.

    `stall` is one that goes on at this moment.
    """

    sample: OwnSample | None = None
    stall: Stall | None = None
    last_stall: Stall | None = None
    stalls: int = 0
    window: Window = field(
        default_factory=lambda: Window("dffff", int(1800 / OWN_INTERVAL_S))
    )

    def times(self, last: int | None = None) -> tuple[float, ...]:
        """Unix seconds of the samples, oldest first: all else here goes by them."""
        return tuple(self.window.column(_AT, last))

    def lag(self, last: int | None = None) -> tuple[float, ...]:
        """Seconds of the longest lag per sample, oldest first."""
        return tuple(self.window.column(_LAG, last))

    def lateness(self, last: int | None = None) -> tuple[float, ...]:
        """Seconds of the 99th percentile of lateness per sample, oldest first."""
        return tuple(self.window.column(_LATE, last))

    def cpu(self, last: int | None = None) -> tuple[float, ...]:
        """Percent of one core per sample, oldest first."""
        return tuple(self.window.column(_CPU, last))

    def rss(self, last: int | None = None) -> tuple[float, ...]:
        """MiB per sample, oldest first."""
        return tuple(self.window.column(_RSS, last))

    def with_sample(self, sample: OwnSample) -> "OwnView":
        window = self.window.push(
            sample.at.timestamp(),
            sample.lag_max_s,
            sample.late_p99_s,
            sample.cpu_percent,
            sample.rss_bytes / 2**20,
        )
        return replace(self, sample=sample, window=window)

    def with_stall(self, stall: Stall) -> "OwnView":
        return replace(self, stall=None, last_stall=stall, stalls=self.stalls + 1)
