"""The question before platforms make room by hand."""

from collections.abc import Iterator

from conductor_tui.tui.commanding import Aim
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.screens.question import Question, QuestionScreen


class ShedScreen(QuestionScreen[tuple[Aim, ...]]):
    def __init__(self, aims: tuple[Aim, ...], *, ascii: bool = False) -> None:
        """`aims` are those that are to go."""
        one = aims[0].platform if len(aims) == 1 else f"{len(aims)} platforms"
        question = Question(
            title=f"Shed  {one}",
            facts=tuple(_facts(aims)),
            deed="Shed",
            does="sheds it" if len(aims) == 1 else "sheds them",
        )
        super().__init__(aims, question, ascii=ascii)


def _facts(aims: tuple[Aim, ...]) -> Iterator[str]:
    acting = [aim.view for aim in aims if aim.view.spec.on_shed]
    if len(aims) == 1:
        action = aims[0].view.spec.on_shed or "nothing is stopped"
        yield f"On its shedding: {action}."
    else:
        yield f"They are: {listing([aim.platform for aim in aims], 12)}"
        done = listing([view.spec.on_shed for view in acting], 6)
        yield f"On their shedding: {done or 'nothing is stopped'}"
    yield "Then no checks, until somebody restores it (M again), or until"
    yield "the load lets it: what was shed comes back by itself in auto."
