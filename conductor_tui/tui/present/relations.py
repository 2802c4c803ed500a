"""On what a platform depends, how that is, and what depends on it."""

from itertools import chain

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.present.spans import Line, Span, fit_line
from conductor_tui.tui.present.words import face

_MARGIN = "   "
_MOST = 8


def relations(
    view: PlatformView, snapshot: Snapshot, lens: Lens, width: int
) -> tuple[Line, ...]:
    """Return no line, or one for each direction and a blank."""
    lines = []
    if view.spec.depends_on:
        shown = view.spec.depends_on[:_MOST]
        states = chain.from_iterable(_state(name, snapshot, lens) for name in shown)
        lines.append((Span(f"{_MARGIN}depends on     ", "muted"), *states))
    if below := snapshot.dependents(view.name):
        words = Span(listing(below, _MOST))
        lines.append((Span(f"{_MARGIN}depends on it  ", "muted"), words))
    if lines:
        lines.append(())
    return tuple(fit_line(line, width) for line in lines)


def _state(name: PlatformName, snapshot: Snapshot, lens: Lens) -> Line:
    """Sign, name and word of a platform that this one needs."""
    known = snapshot.platforms.get(name)
    if known is None:
        return Span("? "), Span(f"{name} "), Span("not watched   ", "muted")
    shown = face(known, lens.now)
    return shown.sign, Span(f" {name} "), shown.badge, Span("   ")
