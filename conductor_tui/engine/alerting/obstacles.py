"""Why nothing is mended now, though it is FAILED: what may be our own fault, or is
somebody's hand at work.
"""

from conductor_tui.domain.alert import Subject, SubjectKind
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.events import MassFailed
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.resources import LoadState
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.ports import Watchdog

AFTER_STALL_S = 10.0  # what was found meanwhile is found anew by then
OURS_S = 60.0
CLEAR_AFTER_S = 5.0


class Obstacles:
    """Each gives words, "" where nothing is in the way. `now` is monotonic seconds."""

    def __init__(self, watchdog: Watchdog) -> None:
        self._watchdog = watchdog
        self._mass: tuple[float, MassFailed] | None = None

    def mass_failed(self, event: MassFailed, now: float) -> None:
        self._mass = (now, event)

    def of(self, subject: Subject, snapshot: Snapshot, running: int, now: float) -> str:
        """Return why `subject` is not mended now, while so many others are."""
        ours = self._ours(snapshot, now) or self._mass_words(snapshot, running, now)
        if ours or subject.kind is not SubjectKind.PLATFORM:
            return ours
        view = snapshot.platforms.get(PlatformName(subject.name))
        return "" if view is None else _of_platform(view, snapshot)

    def _ours(self, snapshot: Snapshot, now: float) -> str:
        stalled_s = self._watchdog.stalled_s(now - AFTER_STALL_S)
        if stalled_s or self._watchdog.current is not None:
            return "we stood still ourselves"
        if snapshot.resources.load.state is LoadState.EMERGENCY:
            return "the load of this host is EMERGENCY"
        return ""

    def _mass_words(self, snapshot: Snapshot, running: int, now: float) -> str:
        if self._mass is None:
            return ""
        at, mass = self._mass
        if mass.is_ours:
            is_over = now - at >= OURS_S
            return "" if is_over else "many fail together, and so do we"
        if not _mostly_unwell(mass, snapshot):
            self._mass = None
        elif now - at < CLEAR_AFTER_S or running:
            return "many fail together: one is mended at a time"
        return ""


def _of_platform(view: PlatformView, snapshot: Snapshot) -> str:
    if view.pause is not None:
        return f"it is in {view.pause.kind}"
    if view.breaker.state is BreakerState.HELD:
        return "a person holds its breaker"
    blocked_by = snapshot.blocked_by(view)
    return f"it depends on {blocked_by}" if blocked_by else ""


def _mostly_unwell(mass: MassFailed, snapshot: Snapshot) -> bool:
    views = [snapshot.platforms.get(name) for name in mass.platforms]
    unwell = sum(view is not None and view.health.severity > 0 for view in views)
    return 2 * unwell > len(views)
