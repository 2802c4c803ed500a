"""What happened to dead letters, in words."""

from conductor_tui.domain.dead_letter import LetterState
from conductor_tui.domain.letter_events import (
    LetterEvent,
    LetterGivenUp,
    LettersDelivered,
    LettersTold,
    LettersWait,
)
from conductor_tui.tui.present.spans import Tone

LETTER_TONES: dict[LetterState, Tone] = {
    LetterState.WAITING: "degraded",
    LetterState.GIVEN_UP: "failed",
}


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
        case LetterGivenUp(letter=letter, why=why):
            return letter.to, f"letter {letter.id} given up", why, "failed"
