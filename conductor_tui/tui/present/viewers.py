"""Who looks at this conductor besides us, and what they do."""

from collections.abc import Sequence
from dataclasses import dataclass

from conductor_tui.domain.breaker import CONFIRMED, BreakerState
from conductor_tui.domain.events import (
    BreakerChanged,
    Event,
    PlatformPaused,
    PlatformResumed,
)
from conductor_tui.domain.ids import CommandId, PlatformName
from conductor_tui.domain.pause import PauseKind
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.viewer import Viewer
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Line, Span, clip, fit, fit_right
from conductor_tui.tui.present.words import age, stamp, stamp_width

_BY, _ORIGIN, _NAME = 14, 24, 32
_CONDUCTOR = "conductor"  # who undoes a trip that nobody has confirmed
_VERBS = {
    BreakerState.HELD: "tripped",
    BreakerState.OPEN: "released",
    BreakerState.HALF_OPEN: "released",
    BreakerState.CLOSED: "closed",
}


def in_short(viewers: Sequence[Viewer]) -> str:
    """Return `2 attached`; "" for one alone, who knows that."""
    return f"{len(viewers)} attached" if len(viewers) > 1 else ""


def attached(snapshot: Snapshot, lens: Lens) -> tuple[Line, ...]:
    """Return a title, and a line for each dashboard: who, from where, since when."""
    title = (Span(" Attached", "title"),)
    if not snapshot.viewers:
        kind = "no dashboard" if snapshot.by_daemon else "no other dashboard"
        return title, (Span(f" {kind} is attached", "muted"),)
    clock = stamp_width((one.at for one in snapshot.viewers), lens)
    return title, *(_viewer(one, lens, clock) for one in snapshot.viewers)


def _viewer(viewer: Viewer, lens: Lens, clock: int) -> Line:
    since = fit_right(stamp(viewer.at, lens), clock)
    return (
        Span(f" {fit(viewer.by, _BY)}"),
        Span(f" {fit(viewer.origin or 'unknown', _ORIGIN)}", "muted"),
        Span(f" {since}, {age(viewer.at, lens)}", "muted"),
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did to a platform by a command. `why` may be ""."""

    by: str
    verb: str
    platform: PlatformName
    why: str
    command: CommandId | None = None

    @property
    def sentence(self) -> str:
        words = f"{self.by} {self.verb} {clip(self.platform, _NAME)}"
        return f"{words}: {self.why}" if self.why else words


def deed_of(event: Event) -> Deed | None:
    """Return the deed behind an event; None where it was nobody's command. That a trip
    was undone because nobody confirmed it is the conductor's.
    """
    match event:
        case BreakerChanged():
            return _move(event)
        case PlatformPaused(platform=name, pause=pause, command=command) if command:
            verb = "shed" if pause.kind is PauseKind.SHED else "paused"
            return Deed(pause.by, verb, name, pause.why, command)
        case PlatformResumed(platform=name, by=by, command=command) if command:
            return Deed(by, "resumed", name, "", command)
        case _:
            return None


def _move(event: BreakerChanged) -> Deed | None:
    breaker, name, verb = event.breaker, event.platform, _VERBS[event.breaker.state]
    if event.command is None:
        if event.was is not BreakerState.HELD or breaker.by != _CONDUCTOR:
            return None
        return Deed(breaker.by, verb, name, breaker.why)
    if breaker.hold is None:
        return Deed(breaker.by, verb, name, "", event.command)
    by, why = breaker.hold.by, breaker.hold.why
    if breaker.why.startswith(CONFIRMED):
        by, verb = breaker.why.removeprefix(CONFIRMED).strip(), "confirmed"
    return Deed(by, verb, name, why, event.command)
