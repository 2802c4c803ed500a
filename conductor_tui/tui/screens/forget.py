"""The question before agents are forgotten."""

from collections.abc import Iterator

from conductor_tui.domain.ids import AgentId
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.screens.question import Question, QuestionScreen


class ForgetScreen(QuestionScreen[tuple[AgentId, ...]]):
    def __init__(
        self, names: tuple[AgentId, ...], of: int, *, ascii: bool = False
    ) -> None:
        """`of`: how many the key was aimed at; the others came by no beat."""
        who = names[0] if len(names) == 1 else f"{len(names)} agents"
        question = Question(
            title=f"Forget  {who}",
            facts=tuple(_facts(names, of)),
            deed="Forget",
            does="forgets it" if len(names) == 1 else "forgets them",
        )
        super().__init__(names, question, ascii=ascii)


def _facts(names: tuple[AgentId, ...], of: int) -> Iterator[str]:
    it, its = ("it", "its") if len(names) == 1 else ("them", "their")
    if len(names) > 1:
        yield listing(names, 12)
    if left := of - len(names):
        yield f"{left} more stand in the settings, and stay."
    yield f"Nobody listens for {it} any more, and {its} history is gone."
    yield f"The next beat creates {it} anew, where the settings allow that."
