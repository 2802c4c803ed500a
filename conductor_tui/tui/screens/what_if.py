"""What if the rules of a platform were others? Asked of its recorded results."""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.domain.what_if import Rules
from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.spans import Line
from conductor_tui.tui.present.what_if import (
    read_rules,
    recorded,
    suggested,
    suggestion_lines,
    toml_words,
    what_if_lines,
)
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.steady_input import SteadyInput

_LEAST, _MOST = 20, 54  # cells of the lines
_AROUND = 9  # cells: edge, padding and scroll bar of the dialog
_LONGEST = 12
_HINT = "Tab moves · ctrl+n tries the next suggestion · Esc closes"


class WhatIfScreen(ModalScreen[None]):
    """Judges anew at each letter. It changes nothing: what to write into the file
    stands below.
    """

    CSS_PATH = [stylesheet("lines"), stylesheet("what_if")]
    AUTO_FOCUS = "#failures"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]
    BINDINGS = [
        Binding("escape,ctrl+c", "close", "close", show=False, priority=True),
        Binding("down,enter", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "previous", show=False),
        Binding("ctrl+n", "suggest", "suggestion", show=False, priority=True),
    ]

    def __init__(self, view: PlatformView, *, ascii: bool = False) -> None:
        """`view` as it was when the key was pressed: it stands still meanwhile."""
        super().__init__()
        self._view, self._ascii = view, ascii
        self._results = recorded(view)
        self._suggested = suggested(view, self._results)
        self._next = 0
        self.set_class(ascii, "-ascii")

    def compose(self) -> ComposeResult:
        rules = Rules.of(self._view.spec)
        fields = (
            ("failures", "Failures", str(rules.failures)),
            ("timeout", "Timeout", format_duration(rules.timeout_s)),
            ("interval", "Interval", format_duration(rules.interval_s)),
        )
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static(self._plain(f"What if  {self._view.name}"), id="title")
            for name, label, value in fields:
                with Horizontal(classes="row"):
                    yield Static(label, classes="label")
                    yield SteadyInput(value, id=name, max_length=_LONGEST, compact=True)
            yield LinesView(ascii=self._ascii, id="figures")
            yield LinesView(ascii=self._ascii, id="suggested")
            yield Static(id="notice", markup=False)
            yield Static(self._plain(_HINT), id="hint")

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        lines = suggestion_lines(self._view.spec, self._suggested, self._width)
        self._show("#suggested", lines)
        self._judge()

    @property
    def _width(self) -> int:
        return max(_LEAST, min(_MOST, self.size.width - _AROUND))

    def action_close(self) -> None:
        self.dismiss(None)

    def action_suggest(self) -> None:
        """Fill in the next suggestion; they go round."""
        if not self._suggested:
            return
        rules = self._suggested[self._next % len(self._suggested)].rules
        self._next += 1
        for name, value in (
            ("failures", str(rules.failures)),
            ("timeout", format_duration(rules.timeout_s)),
            ("interval", format_duration(rules.interval_s)),
        ):
            self.query_one(f"#{name}", Input).value = value

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        self._judge()

    def _judge(self) -> None:
        notice = self.query_one("#notice", Static)
        values = [
            self.query_one(f"#{name}", Input).value.strip()
            for name in ("failures", "timeout", "interval")
        ]
        spec = self._view.spec
        try:
            rules = read_rules(*values)
        except ValueError as error:
            notice.set_class(True, "-bad")
            notice.update(self._plain(str(error)))
            return
        lines = what_if_lines(self._view, self._results, rules, self._width)
        self._show("#figures", lines)
        words = toml_words(spec, rules)
        notice.set_class(False, "-bad")
        notice.update(self._plain(f"conductor.toml: {words}" if words else ""))

    def _show(self, id: str, lines: tuple[Line, ...]) -> None:
        view = self.query_one(id, LinesView)
        view.styles.height = len(lines)
        view.show(lines)

    def _plain(self, words: str) -> Content:
        """Text from outside is never markup."""
        return Content(to_ascii(words) if self._ascii else words)
