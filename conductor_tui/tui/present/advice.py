"""What shedding waits for a person to do, in one line."""

from conductor_tui.domain.shedding import ShedAdvice, ShedStep
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.spans import Line, Span, cells, clip, ends, fit_line

_LEAST_WORDS = 12


def advice_line(snapshot: Snapshot, key: str, width: int) -> Line | None:
    """Return the line that stands on every screen; None: nothing is advised. `key` is
    that which does it; "": none does. Where room is short the words are cut, last of
    all the key.
    """
    advice = snapshot.advice
    if advice is None:
        return None
    start = (Span(" ADVICE ", "title"), Span(" "))
    words, end = advice_words(advice, snapshot), f"{key} does it " if key else ""
    room = width - cells(start) - len(end) - 2
    if room < _LEAST_WORDS:
        return fit_line(
            (*start, Span(clip(words, max(1, width - cells(start))))), width
        )
    return ends((*start, Span(clip(words, room))), (Span(end, "title"),), width)


def advice_words(advice: ShedAdvice, snapshot: Snapshot) -> str:
    """Return `RAM 84 %: shed bot (stop bot.service)`."""
    name = advice.platform
    if advice.step is ShedStep.RESTORE:
        return f"{advice.why} now: bring back {name}"
    view = snapshot.platforms.get(name)
    does = f" ({view.spec.on_shed})" if view and view.spec.on_shed else ""
    before = " before that" if advice.is_ahead else ""
    return f"{advice.why}: shed {name}{does}{before}"
