"""One thing that a key does."""

from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding


class Group(StrEnum):
    """The headings of the help screen, in their order."""

    ACT = "Act on a platform"
    AGENT = "Act on an agent"
    ALERT = "Act on alerts"
    PLUGIN = "Act on a plug-in"
    LETTER = "Act on dead letters"
    LOOK = "Look"
    PAST = "Look back"
    SCREENS = "Screens"
    APP = "Application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that a key does.

    `id` is the name of the `action_<id>` that carries it out, `keys` are Textual's
    names; `shown_key` is how they are written. `label` is the word in the key line (""
    for none), `title` and `words` stand in help and palette. `writes` marks what
    read-only forbids, `targeted` what needs a platform under the cursor, `everywhere`
    what works in a dialog too; `needs` is what the screen must be able to.
    """

    id: str
    keys: tuple[str, ...]
    shown_key: str
    label: str
    title: str
    words: str
    group: Group
    writes: bool = False
    targeted: bool = False
    everywhere: bool = False
    needs: type | None = None

    def binding(self) -> Binding:
        return Binding(
            ",".join(self.keys),
            self.id,
            self.label or self.title,
            show=bool(self.label),
            key_display=self.shown_key,
            tooltip=self.words,
            id=self.id,
            priority=self.everywhere,
        )
