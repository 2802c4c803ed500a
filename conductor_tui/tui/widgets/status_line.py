"""The line that answers: what became of the last key or command."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from conductor_tui.tui.ledger import Said, Tone
from conductor_tui.tui.present.glyphs import to_ascii


class StatusLine(Widget):
    """Shows one sentence, or nothing. The colour comes from its tone."""

    said: reactive[Said | None] = reactive(None)
    ascii = False

    def render(self) -> Content:
        if self.said is None:
            return Content("")
        words = to_ascii(self.said.text) if self.ascii else self.said.text
        text = Content(f" {words}")
        return text.truncate(max(1, self.size.width), ellipsis=True)

    def watch_said(self, said: Said | None) -> None:
        for tone in Tone:
            self.set_class(said is not None and said.tone is tone, f"-{tone}")
