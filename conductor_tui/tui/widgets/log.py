"""A log of lines with a cursor and marks, which follows its end until told not to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message

from conductor_tui.domain.ids import Seq
from conductor_tui.tui.present.events_page import Columns, Entry, entry_line
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Line
from conductor_tui.tui.widgets.lines import LinesView

_FAR = 1_000_000


@dataclass(frozen=True, slots=True)
class Drawing(Sequence[Line]):
    """The lines of a log, each drawn when it is looked at: a thousand of them cost no
    more than those in sight.
    """

    entries: Sequence[Entry]
    columns: Columns
    lens: Lens
    cursor: Seq | None = None
    marks: frozenset[Seq] = frozenset()

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | Sequence[Line]:
        if isinstance(at, slice):
            return [self._line(entry) for entry in self.entries[at]]
        return self._line(self.entries[at])

    def __iter__(self) -> Iterator[Line]:
        return map(self._line, self.entries)

    def _line(self, entry: Entry) -> Line:
        return entry_line(
            entry,
            self.columns,
            self.lens,
            cursor=entry.seq == self.cursor,
            mark=entry.seq in self.marks,
        )


class LogView(LinesView, can_focus=True):
    """Shows a log. While it follows, the newest line is in sight and under the cursor;
    moving up ends that. Cursor and marks follow an event, never a row.
    """

    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False),
        Binding("home,g", f"move(-{_FAR})", "Top", show=False),
        Binding("end,G,shift+g", f"move({_FAR})", "Bottom, and follow", show=False),
        Binding("space", "mark", "Mark a line", show=False),
    ]

    @dataclass
    class Moved(Message):
        """The cursor, the marks or the following are not what they were."""

    @dataclass
    class Opened(Message):
        """A double click on a line."""

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        super().__init__(ascii=ascii, id=id)
        self.follows = True
        self.marks: frozenset[Seq] = frozenset()
        self._drawing: Drawing | None = None
        self._cursor: Seq | None = None

    @property
    def entries(self) -> Sequence[Entry]:
        return self._drawing.entries if self._drawing else ()

    @property
    def current(self) -> Entry | None:
        """The entry under the cursor."""
        at = self._at(self._cursor)
        return self.entries[at] if at is not None else None

    @property
    def below(self) -> int:
        """How many entries are below the ones in sight."""
        return max(0, len(self.entries) - self.scroll_offset.y - self.size.height)

    def show_entries(
        self, entries: Sequence[Entry], columns: Columns, lens: Lens
    ) -> None:
        """Draw these. What was at the top stays there, unless the end is followed."""
        top = self._seq(self.scroll_offset.y)
        self._drawing = Drawing(entries, columns, lens)
        self.marks &= {entry.seq for entry in entries}
        if self.follows:
            self._cursor = entries[-1].seq if entries else None
        elif entries and self._at(self._cursor) is None:
            self._cursor = entries[self._next(self._cursor)].seq
        self._paint()
        if self.follows:
            self._scroll(len(entries))
        elif top is not None:
            self._scroll(self._next(top))

    def follow(self, follows: bool) -> None:
        """Follow the end from now on, or stay where we are."""
        self.follows = follows
        if follows and self.entries:
            self._cursor = self.entries[-1].seq
            self._scroll(len(self.entries))
        self._paint()
        self.post_message(self.Moved())

    def stand_at(self, moment: datetime) -> None:
        """Put the cursor on the first entry from `moment` on, and stay there."""
        later = (at for at, e in enumerate(self.entries) if e.envelope.at >= moment)
        to = next(later, len(self.entries) - 1)
        self._cursor, self.follows = self.entries[to].seq, False
        self._paint()
        self._scroll(to)
        self.post_message(self.Moved())

    def action_move(self, lines: int) -> None:
        if not self.entries:
            return
        at = self._at(self._cursor)
        last = len(self.entries) - 1
        to = max(0, min(last, (at if at is not None else last) + lines))
        self._cursor = self.entries[to].seq
        self.follows = lines > 0 and to == last
        self._paint()
        self.scroll_to_region(Region(0, to, 1, 1), animate=False, force=True)
        self.post_message(self.Moved())

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(1, self.size.height - 1))

    def action_mark(self) -> None:
        """Mark the line under the cursor, or take its mark away, and go on below."""
        current = self.current
        if current is not None:
            self.marks ^= {current.seq}
            self.follows = False
            self.action_move(1)

    def clear_marks(self) -> None:
        self.marks = frozenset()
        self._paint()

    def on_click(self, event: events.Click) -> None:
        """One click moves the cursor, a second one opens."""
        seq = self._seq(event.y + self.scroll_offset.y)
        if seq is None:
            return
        self._cursor, self.follows = seq, False
        self._paint()
        self.post_message(self.Opened() if event.chain == 2 else self.Moved())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """A wheel that turns up ends the following; at the end it begins again."""
        super().watch_scroll_y(old_value, new_value)
        if self.follows and new_value < old_value and self.below > 0:
            self.follows = False
        self.post_message(self.Moved())

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        if self.follows:
            self._scroll(len(self.entries))

    def _paint(self) -> None:
        if self._drawing is not None:
            drawing = self._drawing
            self._drawing = Drawing(
                drawing.entries, drawing.columns, drawing.lens, self._cursor, self.marks
            )
            self.show(self._drawing)

    def _scroll(self, line: int) -> None:
        self.virtual_size = Size(self.size.width, len(self.entries))
        self.scroll_to(y=line, animate=False, force=True, immediate=True)

    def _seq(self, at: int) -> Seq | None:
        return self.entries[at].seq if 0 <= at < len(self.entries) else None

    def _at(self, seq: Seq | None) -> int | None:
        """Return the row of an entry; the newest are looked at first."""
        for back, entry in enumerate(reversed(self.entries)):
            if entry.seq == seq:
                return len(self.entries) - 1 - back
        return None

    def _next(self, seq: Seq | None) -> int:
        """Return the row of the first entry that is not older than `seq`."""
        rows = (at for at, e in enumerate(self.entries) if seq is None or e.seq >= seq)
        return next(rows, max(0, len(self.entries) - 1))
