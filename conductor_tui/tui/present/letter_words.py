"""The dead letters in words: how many wait, and what happened to them."""

from collections.abc import Iterable

from conductor_tui.domain.dead_letter import LetterState, LetterView
from conductor_tui.domain.health import Health
from conductor_tui.domain.letter_events import (
    LetterEvent,
    LetterGivenUp,
    LettersDelivered,
    LettersTold,
    LettersUnread,
    LettersWait,
)
from conductor_tui.tui.present.glyphs import HEALTH
from conductor_tui.tui.present.spans import Line, Span, Tone

LETTER_SIGNS: dict[LetterState, str] = {
    LetterState.WAITING: HEALTH[Health.DEGRADED],
    LetterState.GIVEN_UP: HEALTH[Health.FAILED],
}
LETTER_TONES: dict[LetterState, Tone] = {
    LetterState.WAITING: "degraded",
    LetterState.GIVEN_UP: "failed",
}


def letters_tally(views: Iterable[LetterView], *, roomy: bool = True) -> Line:
    """Return how many wait for a person, and how many by themselves; by their signs
    where it is not `roomy`.
    """
    every = list(views)
    mine = sum(one.state is LetterState.GIVEN_UP for one in every)
    waiting = len(every) - mine
    spans = []
    if mine:
        sign = LETTER_SIGNS[LetterState.GIVEN_UP]
        words = f"{mine:,} for a person" if roomy else f"{sign}{mine:,}"
        spans.append(Span(words, "failed"))
    if waiting:
        sign = LETTER_SIGNS[LetterState.WAITING]
        words = f"{waiting:,} waiting" if roomy else f"{sign}{waiting:,}"
        spans.append(Span(words, "degraded"))
    return (spans[0], Span("  "), spans[1]) if len(spans) > 1 else tuple(spans)


def letters_in_short(views: Iterable[LetterView]) -> tuple[Line, ...]:
    """Return how many dead letters there are, as the header tells it: in words, and in
    fewer. Nothing for none.
    """
    every = list(views)
    if not every:
        return ()
    mine = sum(one.state is LetterState.GIVEN_UP for one in every)
    tone = LETTER_TONES[LetterState.GIVEN_UP if mine else LetterState.WAITING]
    many = "1 dead letter" if len(every) == 1 else f"{len(every):,} dead letters"
    tail = f", {mine:,} for you" if mine else ""
    return (Span(f"{many}{tail}", tone),), (Span(f"{len(every):,} letters", tone),)


def told_of_letters(event: LetterEvent) -> tuple[str, str, str, Tone] | None:
    """Return for whom it is, what happened, the details, and their tone; None for what
    is not worth a line.
    """
    match event:
        case LettersTold():
            return None
        case LettersWait(to=to, why=why):
            return to, "requests wait", why, "degraded"
        case LettersDelivered(to=to, count=count):
            words = "the one that waited" if count == 1 else f"all {count} that waited"
            return to, "delivered", words, "muted"
        case LettersUnread(why=why):
            return "dead letters", "not readable", why, "failed"
        case LetterGivenUp(letter=letter, why=why):
            return letter.to, f"letter {letter.id} given up", why, "failed"
