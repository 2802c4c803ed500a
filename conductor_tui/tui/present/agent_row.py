"""One agent as a row of a table, or of the bare list of a small terminal."""

from dataclasses import dataclass

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.duration import short_duration
from conductor_tui.tui.present.agent_beats import strip
from conductor_tui.tui.present.agent_words import (
    UNWELL,
    agent_face,
    every,
    reason,
    silence_s,
    worse_at,
)
from conductor_tui.tui.present.agents_order import AgentSort
from conductor_tui.tui.present.glyphs import CURSOR
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.look import GLANCE, Look
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
from conductor_tui.tui.present.words import Face, age, wait

LIST_BELOW = 72  # cells from which there is room for a table
_STATE = 19  # cursor, glyph, mark, word, age, blanks
_BEAT, _EVERY, _WORSE = 6, 7, 8
_SORTED = "↓"


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of the columns that depend on the table's, and on the longest name in
    it: on nothing that changes from beat to beat, so nothing jumps.
    """

    name: int
    every: int
    strip: int
    words: int


def columns(width: int, longest: int) -> Columns:
    """Share `width` out; `longest` is the width of the longest name."""
    name = max(8, min(longest, 32, width // 4))
    rhythm = _EVERY if width >= 90 else 0
    strip = max(8, min(48, width // 5 if width >= 100 else width // 7))
    words = width - _STATE - name - 1 - _BEAT - rhythm - _WORSE - 2 - strip - 2
    return Columns(name, rhythm, strip, max(0, words))


def agent_row(
    view: AgentView, lens: Lens, width: int, longest: int, look: Look = GLANCE
) -> Line:
    """Return the row in exactly `width` cells; `longest` as in `columns`."""
    shown, size = agent_face(view), columns(width, longest)
    silent_s = silence_s(view, lens.now)
    rhythm = fit_right(every(view), size.every) if size.every else ""
    at = worse_at(view, lens.now)
    worse = "" if at is None else wait(at, lens) or "now"
    line = (
        *_state(view, shown, lens, look),
        Span(fit(view.agent, size.name) + " ", _name_tone(shown, look)),
        Span(fit_right(_short(silent_s), _BEAT), _beat_tone(view)),
        Span(rhythm + fit_right(worse, _WORSE) + "  ", "muted"),
        *strip(view, lens.now, size.strip),
        Span("  "),
        Span(fit(reason(view, lens), size.words), _words_tone(view)),
    )
    return _finish(line, width, look)


def agent_titles(width: int, longest: int, sort: AgentSort) -> Line:
    """Return what the columns of the rows are; an arrow tells the sorted one."""
    size = columns(width, longest)

    def title(text: str, *sorts: AgentSort) -> str:
        return f"{text}{_SORTED}" if sort in sorts else text

    rhythm = fit_right("every", size.every) if size.every else ""
    why = "why, or what it said" if size.words >= 20 else "why"
    words = (
        f"   {fit(title('state', AgentSort.NEED), 9)}"
        f"{fit_right(title('for', AgentSort.CHANGE), 5)}  "
        f"{fit(title('agent', AgentSort.NAME, AgentSort.GROUP), size.name)} "
        f"{fit_right(title('beat', AgentSort.BEAT), _BEAT)}{rhythm}"
        f"{fit_right(title('worse', AgentSort.WORSE), _WORSE)}  "
        f"{fit('beats', size.strip)}  {why}"
    )
    return fit_line((Span(words, "muted"),), width)


def agent_list_row(
    view: AgentView, lens: Lens, width: int, longest: int = 0, look: Look = GLANCE
) -> Line:
    """Return glyph, name, the age of its last beat and the word."""
    shown = agent_face(view)
    silent_s = silence_s(view, lens.now)
    end = (
        Span(fit_right(_short(silent_s), _BEAT) + " ", _beat_tone(view)),
        shown.badge,
        Span(" " * (9 - cells((shown.badge,)))),
    )
    name = max(0, width - 3 - cells(end))
    line = (
        *_mark(shown, look),
        Span(fit(view.agent, name), _name_tone(shown, look)),
        *end,
    )
    return _finish(line, width, look)


def _finish(line: Line, width: int, look: Look) -> Line:
    line = fit_line(line, width)
    return marked(line) if look.selected else line


def _mark(shown: Face, look: Look) -> Line:
    cursor = Span(CURSOR, "accent") if look.selected else Span(" ", shown.tone)
    return cursor, shown.sign, look.sign


def _state(view: AgentView, shown: Face, lens: Lens, look: Look) -> Line:
    word = shown.badge
    return (
        *_mark(shown, look),
        word,
        Span(" " * (9 - cells((word,)))),
        Span(fit_right(age(view.since, lens), 5) + "  ", "muted"),
    )


def _name_tone(shown: Face, look: Look) -> Tone:
    return "plain" if shown.quiet and not look.selected else "title"


def _beat_tone(view: AgentView) -> Tone:
    return "plain" if view.health in UNWELL else "muted"


def _words_tone(view: AgentView) -> Tone:
    return "plain" if view.health in UNWELL or view.runs else "muted"


def _short(silent_s: float | None) -> str:
    return "never" if silent_s is None else short_duration(silent_s)
