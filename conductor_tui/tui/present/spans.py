"""A line of a screen: pieces of text, each with the word for its tone.

Widths are in terminal cells, not characters: a wide character takes two, a combining
one none. What a tone looks like is the business of the stylesheets.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Literal, NamedTuple, TypeAlias, get_args

from rich.cells import cell_len

Tone: TypeAlias = Literal[
    "plain",
    "muted",
    "title",
    "accent",
    "healthy",
    "degraded",
    "critical",
    "failed",
    "alarm",
    "unknown",
    "held",
    "paused",
    "spark",
    "bar-degraded",
    "bar-critical",
    "bar-failed",
    "bar-held",
    "bar-unknown",
]
TONES: tuple[Tone, ...] = get_args(Tone)
# Some themes underline or reverse these: that must not run on into blanks.
_LOUD = frozenset({"degraded", "critical", "failed", "held", "paused", "alarm"})
_BARS: dict[Tone, Tone] = {
    "healthy": "spark",
    "degraded": "bar-degraded",
    "critical": "bar-critical",
    "failed": "bar-failed",
    "alarm": "bar-failed",
    "held": "bar-held",
    "paused": "bar-held",
    "unknown": "bar-unknown",
}


class Span(NamedTuple):
    text: str
    tone: Tone = "plain"
    selected: bool = False


Line: TypeAlias = tuple[Span, ...]


def cells(line: Iterable[Span]) -> int:
    """Return how many terminal cells the spans take."""
    return sum([cell_len(span.text) for span in line])


def clip(text: str, width: int) -> str:
    """Return `text` in at most `width` cells; an ellipsis marks what was cut, unless
    that was only blanks.
    """
    if cell_len(text) <= width:
        return text
    text = text.rstrip()
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    return f"{_head(text, width - 1)}…"


def fit(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells, at the left."""
    text = clip(text, width)
    return text + " " * (width - cell_len(text))


def fit_right(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells, at the right: for numbers."""
    text = clip(text, width)
    return " " * (width - cell_len(text)) + text


def fit_line(line: Iterable[Span], width: int) -> Line:
    """Return the spans in exactly `width` cells, cut or padded at the right."""
    spans, left = [], width
    for span in line:
        size = cell_len(span.text)
        if size > left:
            spans.append(span._replace(text=fit(span.text, left)))
            left = 0
            break
        spans.append(span)
        left -= size
    if left:
        spans.append(Span(" " * left))
    return merged(spans)


def ends(start: Iterable[Span], end: Iterable[Span], width: int) -> Line:
    """Return one line with `end` at its right edge. Where both do not fit, `start`
    gives way.
    """
    end = tuple(end)
    size = cells(end)
    if size >= width:
        return fit_line(end, width)
    return merged((*fit_line(start, width - size), *end))


def bar_tone(tone: Tone) -> Tone:
    """Return the tone for bars and edges: the colour without underline or reverse."""
    return _BARS.get(tone, "spark")


def merged(spans: Iterable[Span]) -> Line:
    """Join neighbours of one tone, and blanks with what stands before them.

    Each piece costs the terminal an escape sequence, so fewer pieces are fewer bytes.
    """
    line: list[Span] = []
    for span in chain.from_iterable(map(_quiet_blanks, spans)):
        if line and _joins(line[-1], span):
            line[-1] = line[-1]._replace(text=line[-1].text + span.text)
        else:
            line.append(span)
    return tuple(line)


def marked(line: Iterable[Span]) -> Line:
    """Return the line as it looks under the cursor."""
    return tuple([Span(text, tone, True) for text, tone, _ in line])


def text_of(line: Iterable[Span]) -> str:
    return "".join([span.text for span in line])


def _quiet_blanks(span: Span) -> Line:
    """Part a loud word from the blanks behind it; an alarm's are its margin."""
    if not span.text:
        return ()
    if span.tone not in _LOUD or span.tone == "alarm" or not span.text.endswith(" "):
        return (span,)
    word = span.text.rstrip(" ")
    blanks = span._replace(text=" " * (len(span.text) - len(word)), tone="muted")
    return (span._replace(text=word), blanks) if word else (blanks,)


def _joins(before: Span, span: Span) -> bool:
    if before.selected is not span.selected:
        return False
    if before.tone == span.tone:
        return True
    return span.text.isspace() and before.tone not in _LOUD


def _head(text: str, width: int) -> str:
    """Return the longest beginning of `text` that takes at most `width` cells.

    Widths of joined characters do not add up, so every length is measured; but never
    more characters than could fit.
    """
    head = text if len(text) <= 4 * width else text[: 4 * width]
    while head and cell_len(head) > width:
        head = head[:-1]
    return head
