"""The dead letters: a row for each, and all of the one under the cursor."""

import json
from collections.abc import Iterator, Sequence

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.dead_letter import (
    DeadLetter,
    LetterError,
    LetterState,
    LetterView,
)
from conductor_tui.domain.ids import LetterId, PlatformName
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from conductor_tui.domain.text import one_line, visible
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.letter_words import (
    LETTER_SIGNS,
    LETTER_TONES,
    letters_tally,
)
from conductor_tui.tui.present.letters_filter import LetterFilter
from conductor_tui.tui.present.quantity import size
from conductor_tui.tui.present.spans import Line, Span, Tone, ends, fit, fit_line
from conductor_tui.tui.present.table import Cell, Column
from conductor_tui.tui.present.words import age, stamp, wait
from conductor_tui.tui.present.wrapping import wrapped

LETTER_COLUMNS = (
    Column("", 1),
    Column("letter", 6, is_right=True),
    Column("to", 16),
    Column("type", 16, needs=110),
    Column("from", 10, needs=130),
    Column("age", 5, is_right=True, needs=40),
    Column("tried", 5, is_right=True, needs=70),
    Column("size", 7, is_right=True, needs=150),
    Column("next", 13, needs=60),
    Column("what went wrong", 0, needs=60),
)
_LABEL = 8
_MOST_ROWS = 2000  # of a payload: copied or exported it is whole
_LONGEST = 20_000  # characters of one line of it
_PLACES: dict[BreakerState, str] = {
    BreakerState.OPEN: "breaker OPEN",
    BreakerState.HELD: "breaker HELD",
    BreakerState.HALF_OPEN: "breaker HALF",
}


def letters_title(
    snapshot: Snapshot,
    sieve: LetterFilter,
    marked: str,
    counts: str,
    lens: Lens,
    width: int,
) -> Line:
    """Return the line above the list: how many, and for whom they wait. `marked` says
    which of them are marked.
    """
    letters = snapshot.letters
    start = [
        Span(" Dead letters", "title"),
        Span(f"  {len(letters):,}  ", "muted"),
    ]
    chips = (
        marked,
        f"filter {counts}: {sieve.text}" if sieve.terms else "",
    )
    if any(chips):
        start.append(Span("  ".join(filter(None, chips)), "accent"))
    oldest = min((one.at for one in letters.in_order()), default=None)
    end = letters_tally(letters.in_order(), roomy=width >= 60)
    if oldest is not None and width >= 60:
        end = (*end, Span(f"  the oldest {age(oldest, lens)}", "muted"))
    return ends(start, (*end, Span(" ")), width)


def in_need(views: Sequence[LetterView]) -> tuple[LetterView, ...]:
    """Return them in the order of the list: those that wait for a person come first,
    then those that wait; the oldest of each before.
    """
    given_up = [one for one in views if one.state is LetterState.GIVEN_UP]
    waiting = [one for one in views if one.state is not LetterState.GIVEN_UP]
    given_up.sort(key=_number)
    waiting.sort(key=_number)
    return (*given_up, *waiting)


def _number(view: LetterView) -> LetterId:
    return view.id


def letter_cells(view: LetterView, snapshot: Snapshot, lens: Lens) -> tuple[Cell, ...]:
    """Return the row of a letter: a cell for each of LETTER_COLUMNS."""
    tone = LETTER_TONES[view.state]
    given_up, words = view.state is LetterState.GIVEN_UP, one_line(view.error, 400)
    return (
        Cell(LETTER_SIGNS[view.state], tone),
        Cell(str(view.id), "muted"),
        Cell(visible(view.to or view.type, 64), "title"),
        Cell(visible(view.type, 64), "plain"),
        Cell(visible(view.by, 64), "muted"),
        Cell(age(view.at, lens), "plain"),
        Cell(str(view.attempts or ""), "plain"),
        Cell(size(view.size_bytes), "muted"),
        Cell(next_words(view, snapshot, lens), tone if given_up else "muted"),
        Cell(words or "not tried yet", "failed" if given_up else "plain"),
    )


def next_words(view: LetterView, snapshot: Snapshot, lens: Lens) -> str:
    """Return what it waits for: a person, a breaker, or a time."""
    if view.state is LetterState.GIVEN_UP:
        return "for a person"
    shut = [one.breaker.state for one in _ways(view, snapshot)]
    if shut and all(state in _PLACES for state in shut):
        return _PLACES[shut[0]] if len(shut) == 1 else f"{len(shut)} breakers"
    left = wait(view.next_at, lens) if view.next_at else ""
    return f"in {left}" if left else "its turn"


def _ways(view: LetterView, snapshot: Snapshot) -> list[PlatformView]:
    """Return the platforms it may go to: `to` names some, or groups of them."""
    names = view.to.split(", ")
    found = [snapshot.platforms.get(PlatformName(name)) for name in names]
    if all(found):
        return [one for one in found if one is not None]
    return [
        one
        for one in snapshot.platforms.in_order()
        if one.name in names or one.spec.group in names
    ]


def letter_lines(
    view: LetterView, letter: DeadLetter | None, lens: Lens, width: int, words: str = ""
) -> list[Line]:
    """Return all that is known of one, the most urgent first. `letter` None: not
    fetched yet, or `words` say why it is not there.
    """
    lines = [
        line
        for label, text, tone in _facts(view, lens)
        for line in _fact(label, text, tone, width)
    ]
    if letter is None:
        if view.error:
            lines += _fact("error", view.error, LETTER_TONES[view.state], width)
        shown = Span(f" {words or 'its payload is being fetched …'}", "muted")
        return [*lines, fit_line((), width), fit_line((shown,), width)]
    lines += [
        line
        for key, value in _headers(letter)
        for line in _fact("header", f"{key}: {value}", "plain", width)
    ]
    lines += [fit_line((), width), _head("What went wrong, newest first", width)]
    for error in reversed(letter.errors):
        lines += _error(error, lens, width)
    if not letter.errors:
        nothing = Span("   nothing yet: it was accepted without a try", "muted")
        lines.append(fit_line((nothing,), width))
    lines += [fit_line((), width), _head("Payload", width)]
    rows = list(_payload_rows(letter, max(1, width - 4)))
    lines += [fit_line((Span(f"   {row}"),), width) for row in rows[:_MOST_ROWS]]
    if (left := len(rows) - _MOST_ROWS) > 0:
        more = Span(f"   {left:,} more lines: y copies it, e exports it", "accent")
        lines.append(fit_line((more,), width))
    return lines


def letter_text(letter: DeadLetter, lens: Lens) -> str:
    """Return a letter as Markdown, whole."""
    view = letter.view
    facts = [f"- {label}: {text}" for label, text, _ in _facts(view, lens)]
    headers = [f"- header {key}: {value}" for key, value in _headers(letter)]
    errors = [
        f"- {stamp(one.at, lens)} {one.platform} {one.outcome}: {one.words}"
        for one in reversed(letter.errors)
    ]
    return "\n".join(
        (
            f"# Dead letter {view.id} to {view.to or view.type}",
            *facts,
            *headers,
            "",
            "## What went wrong",
            *(errors or ["nothing yet"]),
            "",
            "## Payload",
            "```json",
            _payload(letter),
            "```",
        )
    )


def begin_letter_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """Return what an empty list says."""
    if snapshot.mode is Mode.PAST:
        text = "Dead letters are shown as they are now only: End goes back."
        return [fit_line((), width), fit_line((Span(f" {text}", "muted"),), width)]
    words: Sequence[tuple[str, Tone]] = (
        ("", "plain"),
        ("No dead letter: nothing that was accepted waits.", "plain"),
        ("", "plain"),
        ("What cannot be delivered waits here, in the journal: while a", "muted"),
        ("breaker is not CLOSED, and while a platform fails. Send one:", "muted"),
        ("", "plain"),
        ("""  conductor-tui send my-platform '{"text": "hello"}'""", "accent"),
    )
    return [fit_line((Span(f" {text}", tone),), width) for text, tone in words]


def hidden_letter_lines(width: int) -> list[Line]:
    """The way out of a filter that nothing passes."""
    words = Span(" No dead letter passes the filter. Esc shows all again.", "muted")
    return [fit_line((words,), width)]


def _facts(view: LetterView, lens: Lens) -> Iterator[tuple[str, str, Tone]]:
    given_up = view.state is LetterState.GIVEN_UP
    tone = LETTER_TONES[view.state]
    times = "once" if view.redrives == 1 else f"{view.redrives} times"
    times = f"redriven {times}" if view.redrives else "not redriven yet"
    tries = "1 attempt" if view.attempts == 1 else f"{view.attempts} attempts"
    state = "given up: it waits for a person" if given_up else "waiting"
    yield "state", f"{state}, {times}, {tries}", tone
    kind = f", type {view.type}" if view.type else ""
    yield "to", f"{view.to or 'wherever its type is routed'}{kind}", "plain"
    whom = f" from {view.by}" if view.by else ""
    when = f"accepted {stamp(view.at, lens)}{whom}, priority {view.priority}"
    yield "request", f"{view.request}, {when}", "plain"


def _headers(letter: DeadLetter) -> Iterator[tuple[str, str]]:
    for key, value in letter.request.metadata.items():
        yield visible(key, 200), visible(value, _LONGEST)


def _fact(label: str, text: str, tone: Tone, width: int) -> Iterator[Line]:
    room = max(1, width - _LABEL - 3)
    for place, part in enumerate(wrapped(visible(text, _LONGEST), room)):
        head = Span(f" {fit(label if place == 0 else '', _LABEL)} ", "muted")
        yield fit_line((head, Span(part, tone)), width)


def _error(error: LetterError, lens: Lens, width: int) -> Iterator[Line]:
    tries = f"  {error.attempts} attempts" if error.attempts > 1 else ""
    head = (
        Span(f"   {stamp(error.at, lens)}  ", "muted"),
        Span(f"{error.platform} "),
        Span(error.outcome.value.replace("_", " "), "degraded"),
        Span(tries, "muted"),
    )
    yield fit_line(head, width)
    for part in wrapped(visible(error.words, _LONGEST), max(1, width - 6)):
        yield fit_line((Span(f"     {part}"),), width)


def _payload(letter: DeadLetter) -> str:
    return json.dumps(letter.request.payload, ensure_ascii=False, indent=2)


def _payload_rows(letter: DeadLetter, room: int) -> Iterator[str]:
    for line in _payload(letter).splitlines():
        yield from wrapped(visible(line, _LONGEST), room)


def _head(words: str, width: int) -> Line:
    return fit_line((Span(f" {words}", "title"),), width)
