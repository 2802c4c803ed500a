"""What a platform's page says of the requests to it, and of its dead letters."""

from collections.abc import Iterable, Iterator

from conductor_tui.domain.dispatch import DispatchOutcome
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.tui.present.letter_words import letters_tally
from conductor_tui.tui.present.spans import Line, Span, Tone, cells, fit_line
from conductor_tui.tui.present.words import latency

_MARGIN = "   "
_WORDS: tuple[tuple[DispatchOutcome, str, Tone], ...] = (
    (DispatchOutcome.REJECTED, "rejected", "held"),
    (DispatchOutcome.TURNED_AWAY, "turned away", "degraded"),
    (DispatchOutcome.FAILED, "failed", "failed"),
    (DispatchOutcome.TIMED_OUT, "timed out", "failed"),
    (DispatchOutcome.REFUSED, "refused by it", "degraded"),
)


def requests_note(
    view: PlatformView, snapshot: Snapshot, width: int
) -> tuple[Line, ...]:
    """Return what became of the requests to a platform; nothing where there were none.
    It takes as many lines as it needs.
    """
    figures = view.requests
    letters = [one for one in snapshot.letters.in_order() if one.to == view.name]
    if not figures.total and not figures.under_way and not letters:
        return ()
    facts = [
        (Span("requests ", "muted"), Span(f"{figures.total:,}")),
        (
            Span("under way ", "muted"),
            Span(f"{figures.under_way}"),
            Span(" waiting ", "muted"),
            Span(f"{figures.waiting}", "degraded" if figures.waiting else "plain"),
        ),
    ]
    for label, value in (("p50", figures.p50_s), ("p99", figures.p99_s)):
        if value is not None:
            facts.append((Span(f"{label} ", "muted"), Span(latency(value))))
    for outcome, word, tone in _WORDS:
        if count := figures.ended.get(outcome, 0):
            facts.append((Span(f"{word} ", "muted"), Span(f"{count:,}", tone)))
    if letters:
        shows = Span("  8", "accent"), Span(" shows them", "muted")
        facts.append((Span("letters ", "muted"), *letters_tally(letters), *shows))
    return tuple(_packed(facts, width))


def _packed(facts: Iterable[Line], width: int) -> Iterator[Line]:
    """Put as many facts on a line as there is room for."""
    line: Line = ()
    for fact in facts:
        longer = (*line, Span(_MARGIN), *fact)
        if line and cells(longer) > width:
            yield fit_line(line, width)
            longer = (Span(_MARGIN), *fact)
        line = longer
    yield fit_line(line, width)
