"""The line that answers: what became of the last key or command."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from conductor_tui.tui.ledger import Said, Tone


class StatusLine(Widget):
    """Shows one sentence, or nothing. The colour comes from its tone."""

    said: reactive[Said | None] = reactive(None)

    def render(self) -> Content:
        if self.said is None:
            return Content("")
        text = Content(f" {self.said.text}")
        return text.truncate(max(1, self.size.width), ellipsis=True)

    def watch_said(self, said: Said | None) -> None:
        for tone in Tone:
            self.set_class(said is not None and said.tone is tone, f"-{tone}")
