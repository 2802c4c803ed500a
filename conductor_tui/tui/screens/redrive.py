"""The question before many dead letters are redriven at once."""

from collections import Counter
from collections.abc import Iterator, Sequence

from conductor_tui.domain.commands import RedriveLetters
from conductor_tui.domain.dead_letter import LetterState, LetterView
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.screens.question import Question, QuestionScreen


class RedriveScreen(QuestionScreen[RedriveLetters]):
    def __init__(
        self,
        command: RedriveLetters,
        letters: Sequence[LetterView],
        *,
        ascii: bool = False,
    ) -> None:
        """`letters` are those that the command is about, as they are listed."""
        one = len(letters) == 1
        question = Question(
            title=f"Redrive  {'1 dead letter' if one else f'{len(letters):,} letters'}",
            facts=tuple(_facts(letters)),
            deed="Redrive",
            does="redrives it" if one else "redrives them",
        )
        super().__init__(command, question, ascii=ascii)


def _facts(letters: Sequence[LetterView]) -> Iterator[str]:
    to = Counter(one.to or one.type for one in letters)
    yield listing([f"{name} {count:,}" for name, count in to.most_common()], 12)
    mine = sum(one.state is LetterState.GIVEN_UP for one in letters)
    if mine:
        yield f"{mine:,} of them were given up: they are tried from the beginning."
    yield "In the order they came, paced; while a breaker is not CLOSED they wait."
