"""The words and numbers that every screen says in the same way."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.glyphs import HEALTH, HELD, PAUSED
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Span, Tone

HEALTH_TONES: dict[Health, Tone] = {
    Health.HEALTHY: "healthy",
    Health.DEGRADED: "degraded",
    Health.CRITICAL: "critical",
    Health.FAILED: "failed",
    Health.UNKNOWN: "unknown",
}
BREAKER_WORDS = {
    BreakerState.CLOSED: "CLOSED",
    BreakerState.HALF_OPEN: "HALF",
    BreakerState.OPEN: "OPEN",
    BreakerState.HELD: "HELD",
}
BREAKER_TONES: dict[BreakerState, Tone] = {
    BreakerState.CLOSED: "muted",
    BreakerState.HALF_OPEN: "degraded",
    BreakerState.OPEN: "failed",
    BreakerState.HELD: "held",
}


@dataclass(frozen=True, slots=True)
class Face:
    """A platform in one glance. `quiet`: nothing about it needs a person."""

    word: str
    glyph: str
    tone: Tone
    quiet: bool

    @property
    def badge(self) -> Span:
        """The word; on the worst days it has a fill that is seen across the room."""
        if self.quiet:
            return Span(self.word, "muted")
        return Span(self.word, "alarm" if self.tone == "failed" else self.tone)

    @property
    def sign(self) -> Span:
        return Span(self.glyph, self.tone)


def face(view: PlatformView, now: datetime, behind: PlatformName | None = None) -> Face:
    """Return the platform's face; a hold or a pause stands in the place of the health,
    and a good word that is stale wears a question mark. One that is unwell `behind`
    another keeps its word, but raises no alarm of its own.
    """
    if view.breaker.state is BreakerState.HELD:
        return Face("HELD", HELD, "held", quiet=False)
    if view.pause is not None:
        word = "SHED" if view.is_shed else "PAUSED"
        return Face(word, PAUSED, "paused", quiet=False)
    health = view.health
    if behind is not None:
        return Face(health.value, HEALTH[health], "muted", quiet=False)
    calm = health in (Health.HEALTHY, Health.UNKNOWN)
    if calm and is_stale(view, now):
        return Face(health.value, HEALTH[Health.UNKNOWN], "unknown", quiet=False)
    quiet = calm and view.breaker.state is BreakerState.CLOSED
    return Face(health.value, HEALTH[health], HEALTH_TONES[health], quiet)


def reason_tone(view: PlatformView) -> Tone:
    """Return the tone for the head of the why line."""
    paused = view.pause is not None and view.breaker.state is not BreakerState.HELD
    return "paused" if paused else BREAKER_TONES[view.breaker.state]


def is_stale(view: PlatformView, now: datetime) -> bool:
    """True when a newer word is overdue. Before a trial's result none is expected."""
    return view.breaker.state is BreakerState.CLOSED and view.is_stale(now)


def since(view: PlatformView) -> datetime | None:
    """Return since when the platform wears its face."""
    if view.breaker.state is BreakerState.HELD and view.breaker.since:
        return view.breaker.since
    return view.pause.at if view.pause else view.since


def age(at: datetime | None, lens: Lens) -> str:
    """Return how long ago: `41 s`; nothing when it never was."""
    return "" if at is None else short_duration(lens.age_s(at))


def wait(at: datetime, lens: Lens) -> str:
    """Return how long until `at`, never `0 s`: `12 s`. Empty once it has passed."""
    left_s = math.ceil(lens.wait_s(at))
    return short_duration(left_s) if left_s > 0 else ""


def countdown_to(at: datetime, lens: Lens) -> str:
    """Return minutes and seconds until `at`: `1:42`; `0:00` once it has passed."""
    minutes, left_s = divmod(max(0, math.ceil(lens.wait_s(at))), 60)
    return f"{minutes}:{left_s:02}"


def latency(seconds: float) -> str:
    """Return a latency in at most 6 cells: `0.4 ms`, `180 ms`, `1.9 s`, `12 s`."""
    if seconds < 0.00995:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"


def span(seconds: float) -> str:
    """Return any duration in at most 6 cells: `180 ms`, `5.1 s`, `14m20s`, `23h59m`."""
    if seconds < 59.5:
        return latency(seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s" if rest else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02d}m" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02d}h" if hours and days < 1000 else f"{days} d"


def rate(bytes_per_s: float) -> str:
    """Return bytes per second in at most 8 cells: `12 kB/s`."""
    for unit in ("B", "kB", "MB"):
        if bytes_per_s < 999.5:
            return f"{bytes_per_s:.0f} {unit}/s"
        bytes_per_s /= 1000
    return f"{bytes_per_s:.1f} GB/s"


def stamp(at: datetime, lens: Lens) -> str:
    """Return a time of day, `14:02:19`; with its date when not today."""
    return f"{lens.local(at):{'' if lens.is_today(at) else '%m-%d '}%H:%M:%S}"


def stamp_width(moments: Iterable[datetime], lens: Lens) -> int:
    """Return the width of a column of stamps."""
    return 8 if all(lens.is_today(at) for at in moments) else 14


def until(at: datetime, lens: Lens) -> str:
    """Return the minute something ends at: `14:20`; with its date when not today."""
    return f"{lens.local(at):{'' if lens.is_today(at) else '%m-%d '}%H:%M}"


def target_of(view: PlatformView) -> str:
    """Return the target; the probe's name beside it already says the scheme."""
    return view.spec.target.removeprefix(f"{view.spec.probe}://")
