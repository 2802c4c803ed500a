"""The conductor is not heard: how long it has been away, and when it is asked again."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.viewer import Lost
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Line, Span, cells, clip, fit
from conductor_tui.tui.present.words import span, stamp

_LEAST_WHY = 12


@dataclass(frozen=True, slots=True)
class Absence:
    """What is lost, and the moment it was first seen to be, by two clocks: the wall's
    (it may stand still from then on) and monotonic seconds (which go on).
    """

    began: datetime
    seen_at: datetime
    seen_s: float

    def now(self, monotonic_s: float) -> datetime:
        """Return what time it really is, `monotonic_s` being the same clock later."""
        return self.seen_at + timedelta(seconds=monotonic_s - self.seen_s)


def lost_line(lost: Lost, lens: Lens, width: int) -> Line:
    """Return the banner: `lens.now` is the real time, which goes on. Where room is
    short the reason is cut, and then goes: one waits for when it is asked again.
    """
    start = f" not heard since {stamp(lost.at, lens)}"
    away = f" (for {short_duration(lens.age_s(lost.at))})"
    then = f"; {_next(lost.retry_at, lens)} "
    room = width - cells((Span(start + away + then),)) - 2
    if room >= _LEAST_WHY:
        why = f": {clip(lost.why, room)}" if lost.why else ""
        return _bar(start + away + why + then, width)
    for words in (start + away + then, start + away, start):
        if cells((Span(words),)) <= width:
            break
    return _bar(words, width)


def _bar(words: str, width: int) -> Line:
    return (Span(fit(words, width), "alarm"),)


def back(seconds: float) -> str:
    """Return the sentence for a conductor that is heard again."""
    return f"back: was away {span(seconds)}"


def _next(retry_at: datetime | None, lens: Lens) -> str:
    left_s = 0 if retry_at is None else math.ceil(lens.wait_s(retry_at))
    return f"asking again in {left_s} s" if left_s > 0 else "asking again now"
