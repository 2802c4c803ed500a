"""The least that a Textual application can be: the reference for start-up."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class MinimalApp(App[None]):
    BINDINGS = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Static("READY")


if __name__ == "__main__":
    MinimalApp().run()
