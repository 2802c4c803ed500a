"""One platform as a row of a table, or of the bare list of a small terminal."""

from dataclasses import dataclass

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.glyphs import CURSOR
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    cells,
    fit,
    fit_line,
    fit_right,
    marked,
)
from conductor_tui.tui.present.spark import latencies, sparkline
from conductor_tui.tui.present.why import countdown, why
from conductor_tui.tui.present.words import (
    BREAKER_TONES,
    BREAKER_WORDS,
    Face,
    age,
    face,
    latency,
    since,
    target_of,
    until,
)

_STATE = 19  # cursor, glyph, word, age, blanks
_BREAKER = 12  # "until 14:20 "
_RUN = 5
_LATENCY = 7
_ROOMY_LIST = 54


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of the columns that depend on the table's, and on the longest name
    in it. They depend on nothing that changes from check to check, so nothing jumps.
    """

    name: int
    cause: int
    latency: int
    spark: int


def columns(width: int, longest: int) -> Columns:
    """Share `width` out. Below 100 cells a latency stands where a cause would.

    `longest` is the width of the longest name: no more room than that goes to names.
    """
    name = max(8, min(longest, 28, width // 5))
    spark = max(0, min(60, width // 5 - 4 if width < 100 else width // 4))
    took = _LATENCY if width >= 100 else 0
    left = width - _STATE - name - 1 - _BREAKER - _RUN - took - spark - 3
    return Columns(name, max(0, left), took, spark)


def row(
    view: PlatformView, lens: Lens, width: int, longest: int, *, selected: bool = False
) -> Line:
    """Return the row in exactly `width` cells; `longest` as in `columns`."""
    shown, size = face(view, lens.now), columns(width, longest)
    results = view.results(max(1, size.spark))
    measured = latencies(results)
    line = (
        *_state(view, shown, lens, selected),
        Span(fit(view.name, size.name) + " ", _name_tone(shown, selected)),
        *_breaker(view, lens),
        *_cause(view, shown, lens, size),
        *sparkline(results, view.spec.interval_s, size.spark, measured.p95),
    )
    return _finish(line, width, selected)


def list_row(
    view: PlatformView, lens: Lens, width: int, *, selected: bool = False
) -> Line:
    """Return glyph, name and word: what a small terminal has room for."""
    shown = face(view, lens.now)
    word = shown.badge
    breaker = _breaker(view, lens) if width >= _ROOMY_LIST else ()
    end = (Span(" "), *breaker, word, Span(" " * (9 - cells((word,)))))
    name = max(0, width - 3 - cells(end))
    line = (
        *_mark(shown, selected),
        Span(fit(view.name, name), _name_tone(shown, selected)),
        *end,
    )
    return _finish(line, width, selected)


def _finish(line: Line, width: int, selected: bool) -> Line:
    line = fit_line(line, width)
    return marked(line) if selected else line


def _mark(shown: Face, selected: bool) -> Line:
    cursor = Span(CURSOR, "accent") if selected else Span(" ", shown.tone)
    return cursor, shown.sign, Span(" ")


def _name_tone(shown: Face, selected: bool) -> Tone:
    return "plain" if shown.quiet and not selected else "title"


def _state(view: PlatformView, shown: Face, lens: Lens, selected: bool) -> Line:
    word = shown.badge
    return (
        *_mark(shown, selected),
        word,
        Span(" " * (9 - cells((word,)))),
        Span(fit_right(age(since(view), lens), 5) + "  ", "muted"),
    )


def _breaker(view: PlatformView, lens: Lens) -> Line:
    breaker = view.breaker
    tone = BREAKER_TONES[breaker.state]
    hold = breaker.hold
    if breaker.state is BreakerState.HELD:
        ends_at = hold.until if hold else None
        text = f"until {until(ends_at, lens)}" if ends_at else "until reset"
        return (Span(fit(text, _BREAKER + _RUN - 1) + " ", tone),)
    text = f"{BREAKER_WORDS[breaker.state]} {countdown(view, lens)}"
    run = f"{breaker.failures}/{breaker.limit}" if breaker.failures else ""
    return Span(fit(text, _BREAKER), tone), Span(fit(run, _RUN), tone)


def _cause(view: PlatformView, shown: Face, lens: Lens, size: Columns) -> Line:
    """The cause and the newest latency; where there is one column, the cause wins."""
    text = _words(view, shown, lens, wide=bool(size.latency))
    took = latency(view.last.latency_s) if _was_sent(view) and view.last else ""
    tone: Tone = "muted" if shown.quiet else "plain"
    if size.latency:
        number = fit_right(took, size.latency)
        return Span(fit(text, size.cause), tone), Span(f"{number}  ", "muted")
    if text:
        return (Span(fit(text, size.cause) + "  ", tone),)
    return (Span(fit_right(took, size.cause) + "  ", "muted"),)


def _words(view: PlatformView, shown: Face, lens: Lens, *, wide: bool) -> str:
    """Why it is not well; when it will be known; or, with room to spare, its target."""
    reason = why(view, lens)
    if view.last is None:
        return reason.then
    if not shown.quiet:
        return ", ".join(filter(None, (reason.stale, reason.cause)))
    return f"{view.spec.probe} {target_of(view)}" if wide else ""


def _was_sent(view: PlatformView) -> bool:
    return view.last is not None and view.last.outcome.is_verdict
