"""The dialogs that aim at breakers, and notice when one moves on meanwhile."""

from abc import abstractmethod
from collections.abc import Iterator
from enum import Enum, auto
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.commanding import Aim, moved_on, take_aim
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.push_button import PushButton
from conductor_tui.tui.widgets.steady_input import SteadyInput

Answer = TypeVar("Answer")
COUNT_FROM = 3


class Does(Enum):
    """What Enter does now."""

    CANCEL = auto()
    EXPLAIN = auto()  # something is missing: say what
    AIM_AGAIN = auto()
    DEED = auto()


class AimingScreen(ModalScreen[Answer | None], Generic[Answer]):
    """A dialog over one platform or several, frozen when the key was pressed. Where
    they are COUNT_FROM or more, it wants their number typed.

    Enter does what the highlight says: `enter_does` decides both. When the breaker
    moves on, the command would be refused as late; then the deed's button turns into
    "Aim again", and only that takes the new state for the target.
    """

    CSS_PATH = stylesheet("trip")
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-tall")]
    BINDINGS = [
        Binding("escape,ctrl+c", "cancel", "cancel", show=False, priority=True),
        Binding("enter", "press", "press", show=False),
        Binding("down,right", "app.focus_next", "next", show=False),
        Binding("up,left", "app.focus_previous", "previous", show=False),
    ]
    DEED: ClassVar[str]
    ENTER_DOES: ClassVar[str]
    CANCEL_HINT: ClassVar[str] = "Enter cancels · Tab moves"
    LATE_HINT: ClassVar[str] = CANCEL_HINT  # the same, once the breaker moved on

    def __init__(
        self, aims: tuple[Aim, ...], lens: Lens, *, ascii: bool = False
    ) -> None:
        super().__init__()
        self.aims = aims
        self.lens = lens
        self.set_class(ascii, "-ascii")
        self._ascii = ascii
        self._now_at = aims
        self._overtaken = ""
        self._told = ""

    @property
    def aim(self) -> Aim:
        """The first target; of most dialogs the only one."""
        return self.aims[0]

    @property
    def it(self) -> str:
        return "it" if len(self.aims) == 1 else "them"

    def title_words(self) -> str:
        """What stands on top: the deed."""
        many = f"{len(self.aims)} platforms"
        return f"{self.DEED}  {many if len(self.aims) > 1 else self.aim.platform}"

    def targets(self) -> Iterator[str]:
        """The names, where there are several."""
        if len(self.aims) > 1:
            yield listing([aim.platform for aim in self.aims], 12)

    @abstractmethod
    def facts(self) -> Iterator[str]:
        """What the deed will do, a sentence each."""

    def fields(self) -> Iterator[Widget]:
        if len(self.aims) >= COUNT_FROM:
            count = SteadyInput(
                id="count", max_length=6, restrict="[0-9]*", compact=True
            )
            words = f"type {len(self.aims)} to confirm"
            yield Horizontal(
                Static("Count", classes="label"),
                count,
                Static(words, id="count-words"),
                classes="row",
            )

    def missing(self) -> str:
        """Say what the deed still needs; "" when nothing."""
        if len(self.aims) < COUNT_FROM or self._typed == str(len(self.aims)):
            return ""
        return f"type {len(self.aims)}, how many it hits, into Count"

    def enter_needs(self) -> str:
        """What Enter says that it needs, where something is missing."""
        return "needs their count first"

    def overtaken(self, aim: Aim, snapshot: Snapshot) -> str:
        """Say why a command at this target would be too late; "" when it is not."""
        return moved_on(aim, snapshot)

    @property
    def _typed(self) -> str:
        count = self.query_one_optional("#count", Input)
        return count.value.strip() if count else ""

    @abstractmethod
    def answer(self) -> Answer:
        """What the dialog ends with when the deed is chosen."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static(id="title", markup=False)
            yield Static(id="facts", markup=False)
            yield from self.fields()
            yield Static(id="notice", markup=False)
            with Horizontal(id="buttons"):
                yield PushButton("Cancel", id="cancel")
                yield PushButton(self.DEED, id="deed")
            yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        self.show()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self.lens = Lens(message.now, self.lens.zone)
        found = [take_aim(message.snapshot, aim.platform) for aim in self.aims]
        self._now_at = tuple(aim for aim in found if aim)
        self._overtaken = self._said_overtaken(message.snapshot)
        self.show()

    def set_focus(
        self,
        widget: Widget | None,
        scroll_visible: bool = True,
        from_app_focus: bool = False,
    ) -> None:
        """Scroll after the layout, and by ourselves: Textual looks before what stands
        above has its height, and centres by an animation what only seems out of sight.
        """
        super().set_focus(widget, False, from_app_focus)
        if scroll_visible and widget is not None:
            self.call_after_refresh(self._scroll_to_focus)

    def _scroll_to_focus(self) -> None:
        """Show the focus, and as much above it as there is room for."""
        dialog = self.query_one_optional("#dialog")
        if self.focused is not None and dialog is not None:
            dialog.scroll_home(animate=False, immediate=True)
            self.focused.scroll_visible(animate=False, immediate=True)

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        self.show()

    @on(Input.Changed)
    def _changed(self) -> None:
        self.forget_told()
        self.show()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_press()

    @on(PushButton.Pressed)
    def _pressed(self, message: PushButton.Pressed) -> None:
        message.stop()
        self.carry_out(self._does(message.button))

    def action_press(self) -> None:
        self.carry_out(self._does(self.focused))

    def press_deed(self) -> None:
        self.carry_out(self._does(self.query_one_optional("#deed")))

    def forget_told(self) -> None:
        self._told = ""

    def action_cancel(self) -> None:
        self.dismiss(None)

    def carry_out(self, does: Does) -> None:
        match does:
            case Does.CANCEL:
                self.dismiss(None)
            case Does.EXPLAIN:
                self._told = self.missing()
                self.show()
            case Does.AIM_AGAIN:
                self._aim_again()
            case Does.DEED:
                self.dismiss(self.answer())

    def _does(self, focused: Widget | None) -> Does:
        if not self._now_at or (focused is not None and focused.id == "cancel"):
            return Does.CANCEL
        if self._overtaken:
            return Does.AIM_AGAIN
        return Does.EXPLAIN if self.missing() else Does.DEED

    def _aim_again(self) -> None:
        if self._now_at:
            self.aims = self._now_at
            self._overtaken = ""
            many = f"all {len(self.aims)} as they are now"
            at = many if len(self.aims) > 1 else self.aim.state
            self._told = f"aimed again, at {at}"
        self.show()

    def show(self) -> None:
        """Bring every word and the highlight in line with what is true now. Asked
        before there is anything to write on, it waits for the mount.
        """
        if self.query_one_optional("#hint") is None:
            return
        does = self._does(self.focused)
        deed = self.query_one("#deed", PushButton)
        deed.label = "Aim again" if self._overtaken else self.DEED
        deed.chosen = does in (Does.DEED, Does.AIM_AGAIN)
        deed.disabled = not self._now_at
        self.query_one("#cancel", PushButton).chosen = does is Does.CANCEL
        self.write("#title", self.title_words())
        self.write("#facts", "\n".join(self.facts()))
        self.write("#notice", self._notice())
        self.query_one("#notice").set_class(bool(self._overtaken), "-overtaken")
        self.write("#hint", self._hint(does))

    def write(self, selector: str, words: str) -> None:
        """Put plain words into a Static: text from outside is never markup."""
        shown = to_ascii(words) if self._ascii else words
        self.query_one(selector, Static).update(Content(shown))

    def _said_overtaken(self, snapshot: Snapshot) -> str:
        late = {aim.platform: self.overtaken(aim, snapshot) for aim in self.aims}
        late = {name: words for name, words in late.items() if words}
        if len(self.aims) == 1 or not late:
            return next(iter(late.values()), "")
        names = listing(tuple(late), 3)
        return f"{len(late)} of {len(self.aims)} moved on: {names}."

    def _notice(self) -> str:
        if not self._now_at:
            return self._overtaken
        if len(self.aims) > 1:
            return self._overtaken or self._told
        if self._overtaken and self._now_at[0].state is self.aim.state:
            return f"{self._overtaken}."
        if self._overtaken:
            return f"{self._overtaken}. Too late for {self.aim.state}."
        return self._told

    def _hint(self, does: Does) -> str:
        match does:
            case Does.CANCEL:
                return self.LATE_HINT if self._overtaken else self.CANCEL_HINT
            case Does.EXPLAIN:
                return f"Enter {self.enter_needs()} · Esc cancels"
            case Does.AIM_AGAIN:
                return "Enter aims at what is true now · Esc cancels"
            case Does.DEED:
                return f"Enter {self.ENTER_DOES} · Tab moves · Esc cancels"
