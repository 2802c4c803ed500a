"""The dialogs for what is said with a reason: a silence, and what is discarded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from conductor_tui.domain.alert import Scope
from conductor_tui.domain.text import one_line
from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.words import until
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.hold_choice import Choice
from conductor_tui.tui.widgets.push_button import PushButton
from conductor_tui.tui.widgets.reason import Reason

REASON_LIMIT = 200
_MORNING = 8  # o'clock
_TIMES: tuple[tuple[str, float], ...] = (
    ("15 min", 900.0),
    ("1 h", 3600.0),
    ("4 h", 14_400.0),
    ("1 day", 86_400.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the operator filled in. `ttl_s` is 0 where no time was asked for."""

    why: str
    scope: Scope = field(default_factory=Scope)
    ttl_s: float = 0.0


class WhyScreen(ModalScreen[Said | None]):
    """Asks for a reason; enter in it does the deed, once it is there."""

    CSS_PATH = stylesheet("trip")
    AUTO_FOCUS = "#reason"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-tall")]
    BINDINGS = [
        Binding("escape,ctrl+c", "cancel", "cancel", show=False, priority=True),
        Binding("enter", "press", "press", show=False),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "previous", show=False),
    ]

    def __init__(
        self, title: str, facts: str, deed: str, *, ascii: bool = False
    ) -> None:
        super().__init__(classes="-dialog")
        self._title, self._facts, self._deed = title, facts, deed
        self._ascii = ascii
        self.set_class(ascii, "-ascii")

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static(self._plain(self._title), id="title")
            yield Static(self._plain(self._facts), id="facts")
            reason = Reason(id="reason", max_length=REASON_LIMIT, compact=True)
            label = Static("Reason", classes="label")
            yield Horizontal(label, reason, id="reason-row", classes="row")
            yield from self.fields()
            yield Static(id="then", markup=False)
            yield Static(id="notice", markup=False)
            with Horizontal(id="buttons"):
                yield PushButton("Cancel", id="cancel")
                yield PushButton(self._deed, id="deed")
            yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        self.show()

    def fields(self) -> Iterator[Widget]:
        """What is asked for beside the reason."""
        yield from ()

    def then(self) -> str:
        """Say what will be, below the fields."""
        return ""

    def said(self) -> Said:
        return Said(why=self._why)

    @property
    def _why(self) -> str:
        return one_line(self.query_one("#reason", Input).value, REASON_LIMIT)

    @property
    def _cancels(self) -> bool:
        return self.focused is not None and self.focused.id == "cancel"

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_press(self) -> None:
        self._press(cancels=self._cancels)

    def _press(self, *, cancels: bool) -> None:
        if cancels:
            self.dismiss(None)
        elif self._why:
            self.dismiss(self.said())
        else:
            self._write("#notice", "a reason is needed: it goes to the audit")
            self.query_one("#reason").focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_press()

    @on(PushButton.Pressed)
    def _pressed(self, message: PushButton.Pressed) -> None:
        message.stop()
        self._press(cancels=message.button.id == "cancel")

    @on(Input.Changed)
    def _changed(self) -> None:
        self._write("#notice", "")
        self.show()

    @on(events.DescendantFocus)
    @on(Choice.Changed)
    def show(self) -> None:
        """Bring the highlight and the words in line with what Enter would do."""
        if self.query_one_optional("#hint") is None:
            return
        self.query_one("#cancel", PushButton).chosen = self._cancels
        is_ready = bool(self._why) and not self._cancels
        self.query_one("#deed", PushButton).chosen = is_ready
        does = "cancels" if self._cancels else "needs a reason first"
        does = self._deed.lower() + "s" if is_ready else does
        self._write("#hint", f"Enter {does} · Tab moves · Esc cancels")
        self._write("#then", self.then())

    def _write(self, selector: str, words: str) -> None:
        self.query_one(selector, Static).update(self._plain(words))

    def _plain(self, words: str) -> Content:
        """Text from outside is never markup."""
        return Content(to_ascii(words) if self._ascii else words)


class SilenceScreen(WhyScreen):
    """Asks also for how long, and how wide."""

    def __init__(
        self,
        scopes: Sequence[tuple[str, Scope]],
        lens: Lens,
        *,
        ascii: bool = False,
    ) -> None:
        """`scopes` are in words, the nearest first; at least one."""
        facts = (
            "Nobody is told of it until then; its alerts still open, and what is over "
            "is told to whoever knew of it."
        )
        super().__init__(f"Silence  {scopes[0][0]}", facts, "Silence", ascii=ascii)
        self._scopes, self._lens = scopes, lens

    def fields(self) -> Iterator[Widget]:
        time = Choice([*(words for words, _ in _TIMES), "until 8:00"], 1, id="time")
        time.ascii = self._ascii
        yield Horizontal(Static("For", classes="label"), time, classes="row")
        if len(self._scopes) > 1:
            scope = Choice([words for words, _ in self._scopes], id="scope")
            scope.ascii = self._ascii
            yield Horizontal(Static("Scope", classes="label"), scope, classes="row")

    def then(self) -> str:
        return f"until {until(self._end, self._lens)}, then people are told again"

    def said(self) -> Said:
        ttl_s = (self._end - self._lens.now).total_seconds()
        return Said(why=self._why, scope=self._scope, ttl_s=ttl_s)

    @property
    def _scope(self) -> Scope:
        scope = self.query_one_optional("#scope", Choice)
        return self._scopes[scope.place if scope else 0][1]

    @property
    def _end(self) -> datetime:
        place = self.query_one("#time", Choice).place
        if place < len(_TIMES):
            return self._lens.now + timedelta(seconds=_TIMES[place][1])
        here = self._lens.local(self._lens.now)
        morning = here.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
        return morning if morning > here else morning + timedelta(days=1)
