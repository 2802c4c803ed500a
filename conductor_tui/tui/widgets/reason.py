"""The field for a reason: one line, into which several may be pasted."""

from textual import events

from conductor_tui.tui.widgets.steady_input import SteadyInput


class Reason(SteadyInput):
    """Keeps a pasted text whole. Textual's own field takes its first line only, and
    nothing at all when that is longer than the room left.
    """

    def on_paste(self, event: events.Paste) -> None:
        words = " ".join(event.text.split())
        kept = len(self.value) - len(self.selected_text)
        event.text = words[: max(0, (self.max_length or len(words)) - kept)]
