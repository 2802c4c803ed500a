"""How many platforms wear each face, worst first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.tui.present.blame import behind
from conductor_tui.tui.present.glyphs import BEHIND, HEALTH, HELD, PAUSED
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Tone
from conductor_tui.tui.present.words import HEALTH_TONES, is_stale

_HELD, _BEHIND, _STALE = "held", "behind", "stale"
_PAUSED, _SHED = "paused", "shed"


@dataclass(frozen=True, slots=True)
class Share:
    """So many platforms; `words` name them in the long tally, `glyph` in the short."""

    count: int
    words: str
    glyph: str
    tone: Tone


def tally(snapshot: Snapshot, lens: Lens) -> list[Share]:
    """Return the shares that are not empty, worst first. Each platform is in one."""
    blame = behind(snapshot)
    found = Counter(_kind(view, lens, blame) for view in snapshot.platforms.in_order())
    causes = sorted(set(blame.values()))
    behind_whom = causes[0] if len(causes) == 1 else "others"
    shares: Sequence[tuple[str, str, str, Tone]] = (
        _of(Health.FAILED),
        (_HELD, "held", HELD, "held"),
        _of(Health.CRITICAL),
        _of(Health.DEGRADED),
        (_BEHIND, f"behind {behind_whom}", BEHIND, "muted"),
        (_STALE, "stale", "~", "unknown"),
        _of(Health.UNKNOWN),
        (_SHED, "shed", PAUSED, "paused"),
        (_PAUSED, "paused", PAUSED, "paused"),
        _of(Health.HEALTHY),
    )
    return [
        Share(found[kind], words, glyph, tone)
        for kind, words, glyph, tone in shares
        if found[kind]
    ]


def _kind(
    view: PlatformView, lens: Lens, blame: Mapping[PlatformName, PlatformName]
) -> str:
    if view.breaker.state is BreakerState.HELD:
        return _HELD
    if view.pause is not None:
        return _SHED if view.is_shed else _PAUSED
    if view.name in blame:
        return _BEHIND
    if view.health is Health.HEALTHY and is_stale(view, lens.now):
        return _STALE
    return view.health.value


def _of(health: Health) -> tuple[str, str, str, Tone]:
    return health.value, health.value.lower(), HEALTH[health], HEALTH_TONES[health]
