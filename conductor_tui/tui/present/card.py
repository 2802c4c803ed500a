"""One platform as a card: three lines while quiet, five when it needs a person."""

from rich.cells import cell_len

from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.clients import with_note
from conductor_tui.tui.present.glyphs import EDGE
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.look import GLANCE, Look
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    bar_tone,
    cells,
    clip,
    ends,
    fit,
    fit_line,
    fit_right,
    marked,
)
from conductor_tui.tui.present.spark import latencies, sparkline
from conductor_tui.tui.present.why import Why, why
from conductor_tui.tui.present.words import (
    Face,
    age,
    face,
    latency,
    reason_tone,
    since,
    target_of,
)

SICK_HEIGHT = 5
_EDGE = 3  # the edge, the glyph, a blank
_SCALE = 12  # "  p95 180 ms"
_WIDEST_SPARK = 40


def card(
    view: PlatformView, lens: Lens, width: int, look: Look = GLANCE
) -> tuple[Line, ...]:
    """Return the card's lines, each exactly `width` cells."""
    shown = face(view, lens.now, look.behind)
    room = max(0, width - _EDGE)
    bodies = [_heading(view, shown, lens, room), _target(view, room, look)]
    if shown.quiet:
        bodies.append(_pulse(view, lens, room))
    else:
        bodies += [_pulse(view, lens, room), *_reason(view, lens, room, look)]
    bodies[-1] = with_note(bodies[-1], look.clients, view.breaker, room)
    lines = [
        fit_line((*_edge(shown, at, look), *body), width)
        for at, body in enumerate(bodies)
    ]
    return tuple(marked(line) if look.selected else line for line in lines)


def _edge(shown: Face, at: int, look: Look) -> Line:
    """The left edge: a bar in the state's colour, or the cursor's."""
    bar = Span(" ", shown.tone) if shown.quiet else Span(EDGE, bar_tone(shown.tone))
    if look.selected:
        bar = Span(EDGE, "accent") if shown.quiet else Span("█", bar_tone(shown.tone))
    if at:
        return bar, Span(" "), Span(" ")
    return bar, shown.sign, look.sign


def _heading(view: PlatformView, shown: Face, lens: Lens, width: int) -> Line:
    seen = "" if shown.quiet else age(since(view), lens)
    word = shown.badge
    end = (
        word,
        Span(" " * max(0, 8 - cells((word,)))),
        Span(fit_right(seen, 6), "muted"),
    )
    name = Span(
        clip(view.name, width - cells(end) - 1), "plain" if shown.quiet else "title"
    )
    return ends((name,), end, width) if width >= 20 else fit_line((name,), width)


def _target(view: PlatformView, width: int, look: Look) -> Line:
    """The probe and its target; at the right what clients send there."""
    text = f"{fit(view.spec.probe, max(8, len(view.spec.probe)))} {target_of(view)}"
    if look.clients is None:
        return (Span(clip(text, width - 1), "muted"),)
    calls = fit_right(look.clients.calls, 6)
    if cell_len(text) + len(f" calls {calls} ") <= width:
        calls = f"calls {calls}"
    start = (Span(clip(text, width - len(calls) - 2), "muted"),)
    return ends(start, (Span(f" {calls} ", "muted"),), width)


def _pulse(view: PlatformView, lens: Lens, width: int) -> Line:
    """The sparkline and its scale; before the first result, when it comes."""
    if view.last is None and view.pause is None:
        return (Span(why(view, lens).then, "muted"),)
    room = min(_WIDEST_SPARK, max(0, width - _SCALE - 1))
    results = view.results(room)
    p95 = latencies(results).p95
    scale = "" if p95 is None else f"p95 {latency(p95):>6}"
    spark = sparkline(results, view.interval_s, room, p95)
    return ends(spark, (Span(scale, "muted"), Span(" ")), width)


def _reason(
    view: PlatformView, lens: Lens, width: int, look: Look
) -> tuple[Line, Line]:
    """Why, and what happens next."""
    reason = why(view, lens, look.behind)
    tone = reason_tone(view)
    head = (
        Span(reason.state, tone),
        Span(f"  {reason.run}" if reason.run else "", tone),
    )
    then = (Span(reason.then, "plain"),)
    if reason.stale:
        return (Span(reason.stale, "degraded"),), _both(head, reason, then)
    return (*head, Span(f"  {reason.cause}")), then


def _both(head: Line, reason: Why, then: Line) -> Line:
    return (*head, Span(", " if reason.then else ""), *then)
