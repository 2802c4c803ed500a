"""Which platforms are unwell only because of another that they depend on."""

from collections.abc import Mapping
from types import MappingProxyType

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView, Snapshot

NOBODY: Mapping[PlatformName, PlatformName] = MappingProxyType({})
_UNWELL = (Health.DEGRADED, Health.CRITICAL, Health.FAILED)


def behind(snapshot: Snapshot) -> Mapping[PlatformName, PlatformName]:
    """Return, for each platform that is unwell behind another, the one to blame."""
    found = {}
    for view in snapshot.platforms.in_order():
        if view.spec.depends_on:
            cause = behind_whom(view, snapshot)
            if cause is not None:
                found[view.name] = cause
    return found or NOBODY


def behind_whom(view: PlatformView, snapshot: Snapshot) -> PlatformName | None:
    """Return whom an unwell platform may blame; None: nobody, or it is well."""
    return snapshot.blocked_by(view) if _is_unwell(view) else None


def _is_unwell(view: PlatformView) -> bool:
    if view.pause is not None or view.breaker.state is BreakerState.HELD:
        return False
    return view.health in _UNWELL or view.breaker.state is not BreakerState.CLOSED
