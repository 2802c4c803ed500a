"""The keys that do something here, in one line; fewer of them where room is short."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

from conductor_tui.tui import actions
from conductor_tui.tui.action import Action
from conductor_tui.tui.action_table import ACTIONS

_GAP = 2
_PRESS = "press"  # not "@click": Textual would underline it as a link


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One key and its word; `press` is the key in Textual's own name."""

    key: str
    word: str
    action: str
    press: str
    enabled: bool = True

    @property
    def width(self) -> int:
        return len(self.key) + 1 + len(self.word)


def fitting(hints: Iterable[KeyHint], width: int) -> list[KeyHint]:
    """Return the hints that fit into `width` cells, in their order.

    The least important ones are left out first.
    """
    kept = list(hints)
    while kept and sum(hint.width + _GAP for hint in kept) > width:
        kept.remove(max(kept, key=lambda hint: actions.importance(hint.action)))
    return kept


class KeyLine(Widget):
    """Shows the bindings of its screen that have a word. A click presses the key."""

    COMPONENT_CLASSES = {"key-line--key", "key-line--word", "key-line--off"}

    hints: reactive[tuple[KeyHint, ...]] = reactive(())

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._look)
        self.call_after_refresh(self._look, self.screen)

    def render(self) -> Content:
        kept = fitting(self.hints, self.size.width)
        left = self._spell([hint for hint in kept if hint.action != "leave"])
        right = self._spell([hint for hint in kept if hint.action == "leave"])
        room = self.size.width - left.cell_length - right.cell_length - 1
        return Content.assemble(left, " " * max(0, room), right)

    def on_click(self, event: events.Click) -> None:
        press = event.style.meta.get(_PRESS)
        if press:
            self.app.simulate_key(press)

    def _spell(self, hints: Sequence[KeyHint]) -> Content:
        return Content("").join(self._spell_one(hint) for hint in hints)

    def _spell_one(self, hint: KeyHint) -> Content:
        off = "" if hint.enabled else "off"
        key = self.get_visual_style(f"key-line--{off or 'key'}")
        word = self.get_visual_style(f"key-line--{off or 'word'}")
        click = Style.from_meta({_PRESS: hint.press})
        return Content.assemble(
            " ", (hint.key, key + click), (f" {hint.word}", word + click), " "
        )

    def _look(self, screen: Screen[object]) -> None:
        seen: dict[str, KeyHint] = {}
        for _, binding, enabled, _ in screen.active_bindings.values():
            hint = _hint(binding, self._known(binding), enabled)
            if hint and hint.action not in seen:
                seen[hint.action] = hint
        self.hints = tuple(sorted(seen.values(), key=lambda h: actions.place(h.action)))

    def _known(self, binding: Binding) -> Action | None:
        """Return the action of the app's table that a binding is for, if any."""
        table: Sequence[Action] = getattr(self.app, "table", ACTIONS)
        name = binding.action.removeprefix("app.")
        return next((action for action in table if action.id == name), None)


def _hint(binding: Binding, known: Action | None, enabled: bool) -> KeyHint | None:
    """Return the hint for a binding; None when it is not worth a word.

    A widget may bind a key of the table itself (enter, on a list): the word is then
    still the table's.
    """
    word = known.label if known else binding.description if binding.show else ""
    if not word:
        return None
    key = known.shown_key if known else binding.key_display or binding.key
    name = binding.action.removeprefix("app.")
    return KeyHint(key, word, name, binding.key, enabled)
