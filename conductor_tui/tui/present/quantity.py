"""Amounts of bytes, and bars of how much is used."""

from conductor_tui.tui.present.glyphs import HELD, NOT_COUNTED
from conductor_tui.tui.present.spans import Line, Span, Tone, bar_tone

_FILLED, _FREE, _LIMIT = HELD, NOT_COUNTED, "|"


def size(amount: float) -> str:
    """Return bytes in at most 8 cells: `640 MiB`, `11.2 GiB`."""
    for unit in ("B", "KiB", "MiB"):
        if amount < 999.5:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    for unit in ("GiB", "TiB"):
        if amount < 999.5:
            return f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} PiB"


def number(text: str, width: int, tone: Tone = "plain") -> Line:
    """Return `text` at the right of `width` cells. The blanks before it have no tone:
    some themes underline or reverse one.
    """
    words = text.strip()
    return Span(" " * max(0, width - len(words)), "muted"), Span(words, tone)


def bar(percent: float, width: int, limit: float, tone: Tone = "muted") -> Line:
    """Return `width` cells of which `percent` are filled. `limit` (percent) is marked
    while it is free.
    """
    filled = max(0, min(width, round(percent / 100 * width)))
    free = [_FREE] * (width - filled)
    mark = int(limit / 100 * width) - filled
    if 0 <= mark < len(free):
        free[mark] = _LIMIT
    return Span(_FILLED * filled, bar_tone(tone)), Span("".join(free), "spark")
