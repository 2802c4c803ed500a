"""A digest as lines: at most a screenful, what is over last."""

from collections.abc import Iterator, Sequence

from conductor_tui.tui.present.digest import Digest
from conductor_tui.tui.present.digest_item import Item
from conductor_tui.tui.present.spans import Line, Span, Tone, cells, fit, fit_line

_STATE = 10
_MOST_LINES = 3  # of one item
_LEAST_ROWS = 4  # of items, before the counts and the air have room
_HINT = " Enter, Esc close · e shows every event from there on"
_SHORT_HINT = " Esc closes · e: events"


def digest_page(digest: Digest, width: int, height: int) -> tuple[Line, ...]:
    """Return the digest in at most `height` lines of `width` cells: those of its items
    that have no room are counted.
    """
    hint = _HINT if len(_HINT) <= width else _SHORT_HINT
    title: list[Line] = [(Span(f" Since {digest.since}", "title"),)]
    counts = _wrapped("; ".join(digest.counts), width)
    foot = [*_wrapped(digest.trouble, width), (), (Span(hint, "muted"),)]
    top = [*title, *counts, ()]
    if len(top) + len(foot) + _LEAST_ROWS > height:  # the items say it as well
        top, foot = title, foot[-1:]
    if not digest.items:
        top.append((Span(" nothing happened", "muted"),))
    rows = _rows(digest.items, width, max(1, height - len(top) - len(foot)))
    return tuple(fit_line(line, width) for line in (*top, *rows, *foot))[:height]


def _rows(items: Sequence[Item], width: int, room: int) -> list[Line]:
    """As many items as have room, whole; the others as a number."""
    rows: list[Line] = []
    for at, item in enumerate(items):
        lines, left = list(_item(item, width)), len(items) - at
        if len(rows) + len(lines) > room - (left > 1):
            return [*rows, (Span(f"   and {left} more", "muted"),)]
        rows += lines
    return rows


def _item(item: Item, width: int) -> Iterator[Line]:
    name = max(8, min(20, width // 5))
    start = name + _STATE + 4
    words = wrap(item.words, max(8, width - start - 1))[:_MOST_LINES]
    head = (Span(" "), item.sign, Span(f" {fit(item.about, name)} "))
    state = Span(fit(item.state.text, _STATE), item.state.tone)
    tone: Tone = "plain" if item.weight else "muted"
    yield *head, state, Span(words[0] if words else "", tone)
    for line in words[1:]:
        yield Span(" " * start), Span(line, tone)


def _wrapped(words: str, width: int) -> list[Line]:
    return [(Span(f" {line}", "muted"),) for line in wrap(words, width - 2) if line]


def wrap(words: str, width: int) -> list[str]:
    """Return the words in lines of at most `width` cells; a longer one is cut there."""
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and cells((Span(longer),)) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
