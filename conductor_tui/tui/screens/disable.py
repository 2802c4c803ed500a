"""The question before a plug-in is disabled."""

from collections.abc import Iterator, Sequence

from conductor_tui.domain.ids import PlatformName, PluginName
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.screens.question import Question, QuestionScreen


class DisableScreen(QuestionScreen[PluginName]):
    def __init__(
        self,
        plugin: PluginName,
        platforms: Sequence[PlatformName],
        *,
        ascii: bool = False,
    ) -> None:
        """`platforms` are those that it watches."""
        question = Question(
            title=f"Disable  {plugin}",
            facts=tuple(_facts(platforms)),
            deed="Disable",
            does="disables it",
        )
        super().__init__(plugin, question, ascii=ascii)


def _facts(platforms: Sequence[PlatformName]) -> Iterator[str]:
    yield "It shuts down, and stays so until somebody enables it,"
    yield "after a restart of conductor too."
    if platforms:
        yield f"Paused with it: {listing(platforms, 12)}"
