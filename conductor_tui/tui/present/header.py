"""The first line: which host, how live, and how many of each health."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from conductor_tui.tui.present.glyphs import HEALTH, HELD
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.order import rank
from conductor_tui.tui.present.spans import Line, Span, Tone, cells, ends, fit_line
from conductor_tui.tui.present.why import countdown
from conductor_tui.tui.present.words import BREAKER_WORDS, HEALTH_TONES, stamp

_MODE_TONES: dict[Mode, Tone] = {
    Mode.STARTING: "accent",
    Mode.LIVE: "healthy",
    Mode.STOPPED: "alarm",
}
_WORST_FIRST = (
    Health.FAILED,
    Health.CRITICAL,
    Health.DEGRADED,
    Health.UNKNOWN,
    Health.HEALTHY,
)


def header(snapshot: Snapshot, lens: Lens, width: int) -> Line:
    """Return the header line. The clock stays where it is whatever the tally says."""
    start, end = _start(snapshot, lens), _tally(snapshot)
    gap = width - 1 - cells(end)
    if gap < cells(start):
        end = _short_tally(snapshot)
    elif snapshot.platforms and gap > cells(start) + 12:
        end = (Span("platforms  ", "muted"), *end)
    return ends(start, (*end, Span(" ")), width)


def summary(snapshot: Snapshot, lens: Lens, width: int) -> Line:
    """Return the one line of a terminal too small for more."""
    worst = min(
        snapshot.platforms.in_order(), key=lambda v: rank(v, lens.now), default=None
    )
    tally = (*_short_tally(snapshot), Span("  "))
    return fit_line((*tally, *_culprit(worst, lens)), width)


def _culprit(view: PlatformView | None, lens: Lens) -> Line:
    """The platform that most needs a person; nothing when none does."""
    if view is None:
        return (Span("no platforms", "muted"),)
    if rank(view, lens.now) >= rank(PlatformView(spec=view.spec), lens.now):
        return ()
    state = view.breaker.state
    word = view.health.value if state is BreakerState.CLOSED else BREAKER_WORDS[state]
    tone = "held" if state is BreakerState.HELD else HEALTH_TONES[view.health]
    tail = f"{word} {countdown(view, lens)}".rstrip()
    return Span(f"{view.name} "), Span(tail, tone)


def _start(snapshot: Snapshot, lens: Lens) -> Line:
    host = Span(f" {snapshot.host}  " if snapshot.host else " ", "title")
    mode = Span(snapshot.mode.value, _MODE_TONES[snapshot.mode])
    stopped_at = snapshot.at if snapshot.mode is Mode.STOPPED else None
    clock = Span(f" {stamp(stopped_at or lens.now, lens)}  ", "muted")
    locked = (Span("READ-ONLY", "degraded"), Span("  ")) if snapshot.read_only else ()
    return host, mode, clock, *locked


def counts(views: Sequence[PlatformView]) -> dict[Health | None, int]:
    """Return how many platforms wear each face; None: held."""
    return Counter(
        None if view.breaker.state is BreakerState.HELD else view.health
        for view in views
    )


def _tally(snapshot: Snapshot) -> Line:
    if not snapshot.platforms:
        return (Span("no platforms", "muted"),)
    return _join(
        [
            Span(f"{count} {word.lower()}", tone)
            for word, _, tone, count in _faces(snapshot)
        ],
        "  ",
    )


def _short_tally(snapshot: Snapshot) -> Line:
    return _join(
        [Span(f"{glyph}{count}", tone) for _, glyph, tone, count in _faces(snapshot)],
        " ",
    )


def _faces(snapshot: Snapshot) -> list[tuple[str, str, Tone, int]]:
    """Return (word, glyph, tone, count) of what there is, worst first."""
    found = counts(tuple(snapshot.platforms.in_order()))
    faces: list[tuple[str, str, Tone, int]] = [
        (health.value, HEALTH[health], HEALTH_TONES[health], found.get(health, 0))
        for health in _WORST_FIRST
    ]
    faces.insert(1, ("HELD", HELD, "held", found.get(None, 0)))
    return [face for face in faces if face[3]]


def _join(spans: Sequence[Span], glue: str) -> Line:
    between = chain.from_iterable((Span(glue, "muted"), span) for span in spans)
    return tuple(between)[1:]
