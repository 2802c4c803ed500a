"""One platform as a row of a table, or of the bare list of a small terminal."""

from dataclasses import dataclass

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.clients import with_note
from conductor_tui.tui.present.glyphs import CURSOR
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.look import GLANCE, Look
from conductor_tui.tui.present.order import Sort
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
    countdown_to,
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
_CALLS, _CALLS_FROM = 7, 130  # "1.2k/s "
_ROOMY_LIST = 54
_LEAST_CAUSE = 9
_SHORT_NAME, _CAUSE = 12, 24


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of the columns that depend on the table's, and on the longest name
    in it. They depend on nothing that changes from check to check, so nothing jumps.
    """

    name: int
    cause: int
    calls: int
    latency: int
    spark: int


def columns(width: int, longest: int, *, calls: bool = False) -> Columns:
    """Share `width` out. Below 100 cells a latency stands where a cause would.

    `longest` is the width of the longest name: no more room than that goes to names.
    `calls`: some breaker has clients, so there is a column for what they call.
    """
    name = max(8, min(longest, 28, width // 5))
    spark = max(0, min(60, width // 5 - 4 if width < 100 else width // 4))
    took = _LATENCY if width >= 100 else 0
    asked = _CALLS if calls and width >= _CALLS_FROM else 0
    left = width - _STATE - name - 1 - _BREAKER - _RUN - asked - took - spark - 3
    return Columns(name, max(0, left), asked, took, spark)


def row(
    view: PlatformView, lens: Lens, width: int, longest: int, look: Look = GLANCE
) -> Line:
    """Return the row in exactly `width` cells; `longest` as in `columns`."""
    rest = row_rest(view, lens, width, longest, look)
    return headed(rest, view, lens, width, look)


def row_rest(
    view: PlatformView, lens: Lens, width: int, longest: int, look: Look = GLANCE
) -> Line:
    """Return the row behind its state and age. Of a platform that is well it does not
    depend on the time.
    """
    shown = face(view, lens.now, look.behind)
    size = columns(width, longest, calls=look.has_calls)
    results = view.results(max(1, size.spark))
    measured = latencies(results)
    line = (
        Span(fit(view.name, size.name) + " ", _name_tone(shown, look)),
        *_breaker(view, lens),
        *_cause(view, shown, lens, size, look),
        *sparkline(results, view.interval_s, size.spark, measured.p95),
    )
    return fit_line(line, max(0, width - _STATE))


def headed(
    rest: Line, view: PlatformView, lens: Lens, width: int, look: Look = GLANCE
) -> Line:
    """Return the whole row: how it is and since when, and `rest` of it."""
    shown = face(view, lens.now, look.behind)
    return _finish((*_state(view, shown, lens, look), *rest), width, look)


_SORTED = "↓"


def titles(width: int, longest: int, sort: Sort, *, calls: bool = False) -> Line:
    """Return what the columns of the rows are; an arrow tells the sorted one."""
    size = columns(width, longest, calls=calls)

    def title(text: str, *sorts: Sort) -> str:
        return f"{text}{_SORTED}" if sort in sorts else text

    took = title("latency", Sort.LATENCY)
    cause = "why" if size.latency or sort is not Sort.LATENCY else took
    number = fit_right(took, size.latency) + "  " if size.latency else "  "
    words = (
        f"   {fit(title('state', Sort.NEED), 9)}"
        f"{fit_right(title('for', Sort.CHANGE), 5)}  "
        f"{fit(title('name', Sort.NAME, Sort.GROUP), size.name)} "
        f"{fit('breaker', _BREAKER)}{fit('bad', _RUN)}"
        f"{fit(cause, size.cause)}{fit_right('calls ', size.calls)}{number}"
        f"{fit('history', size.spark)}"
    )
    return fit_line((Span(words, "muted"),), width)


def list_row(
    view: PlatformView,
    lens: Lens,
    width: int,
    longest: int = 0,
    look: Look = GLANCE,
) -> Line:
    """Return glyph, name and word: what a small terminal has room for. What is left of
    it says why one is not well; `longest` is the width of the longest name.
    """
    shown = face(view, lens.now, look.behind)
    word = shown.badge
    breaker = _breaker(view, lens) if width >= _ROOMY_LIST else ()
    end = (Span(" "), *breaker, word, Span(" " * (9 - cells((word,)))))
    room = max(0, width - 3 - cells(end))
    name = min(room, max(longest, 8)) if longest else room
    words = _words(view, shown, lens, look, wide=False)
    if words:
        name = min(name, max(_SHORT_NAME, room - _CAUSE))
    cause = f" {words}" if words and room - name > _LEAST_CAUSE else ""
    said = Span(fit(cause, room - name))
    line = (
        *_mark(shown, look),
        Span(fit(view.name, name), _name_tone(shown, look)),
        *with_note((said,), look.clients, view.breaker, room - name),
        *end,
    )
    return _finish(line, width, look)


def _finish(line: Line, width: int, look: Look) -> Line:
    line = fit_line(line, width)
    return marked(line) if look.selected else line


def _mark(shown: Face, look: Look) -> Line:
    cursor = Span(CURSOR, "accent") if look.selected else Span(" ", shown.tone)
    return cursor, shown.sign, look.sign


def _name_tone(shown: Face, look: Look) -> Tone:
    calm = shown.quiet or look.behind is not None
    return "plain" if calm and not look.selected else "title"


def _state(view: PlatformView, shown: Face, lens: Lens, look: Look) -> Line:
    word = shown.badge
    return (
        *_mark(shown, look),
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
        if breaker.confirm_by is not None:
            text = f"undo {countdown_to(breaker.confirm_by, lens)} (C)"
        return (Span(fit(text, _BREAKER + _RUN - 1) + " ", tone),)
    if view.pause is not None:
        until_at = view.pause.until
        endless = "until restored" if view.is_shed else "until resumed"
        text = f"until {until(until_at, lens)}" if until_at else endless
        return (Span(fit(text, _BREAKER + _RUN - 1) + " ", "paused"),)
    text = f"{BREAKER_WORDS[breaker.state]} {countdown(view, lens)}"
    run = f"{breaker.failures}/{breaker.limit}" if breaker.failures else ""
    return Span(fit(text, _BREAKER), tone), Span(fit(run, _RUN), tone)


def _cause(
    view: PlatformView, shown: Face, lens: Lens, size: Columns, look: Look
) -> Line:
    """The cause and the newest latency; where there is one column, the cause wins."""
    text = _words(view, shown, lens, look, wide=bool(size.latency))
    took = latency(view.last.latency_s) if _was_sent(view) and view.last else ""
    tone: Tone = "muted" if shown.quiet else "plain"
    said = Span(fit(text, size.cause), tone)
    if not size.latency and not text:
        said = Span(fit_right(took, size.cause), "muted")
    cause = with_note((said,), look.clients, view.breaker, size.cause)
    asked = fit_right(f"{look.clients.calls} " if look.clients else "", size.calls)
    number = fit_right(took, size.latency)
    return *cause, Span(f"{asked}{number}  ", "muted")


def _words(
    view: PlatformView, shown: Face, lens: Lens, look: Look, *, wide: bool
) -> str:
    """Why it is not well; when it will be known; or, with room to spare, its target."""
    reason = why(view, lens, look.behind)
    if view.last is None and shown.quiet:
        return reason.then
    if not shown.quiet:
        return ", ".join(filter(None, (reason.stale, reason.cause)))
    return f"{view.spec.probe} {target_of(view)}" if wide else ""


def _was_sent(view: PlatformView) -> bool:
    return view.last is not None and view.last.outcome.is_verdict
