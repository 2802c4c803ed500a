"""A widget that draws lines it is given, and repaints only what differs.

Every cell is padded and styled here: the Line API gives blanks no background. Styles
are looked up once per tone, and strips are kept for as long as their line stays.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip

from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.spans import TONES, Line, Span, Tone, cells, fit_line

_SELECTED = "lines--selected"


class _AsciiBar(ScrollBarRender):
    """A scroll bar of whole cells: its finer ends are signs beyond ASCII."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8


class LinesView(ScrollView, can_focus=False):
    """Shows lines; taller ones than itself scroll."""

    COMPONENT_CLASSES = {*(f"lines--{tone}" for tone in TONES), _SELECTED}

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii
        self._lines: Sequence[Line] = ()
        self._painted: dict[int, tuple[Line, Strip]] = {}
        self._styles: dict[tuple[Tone, bool], Style] = {}

    def on_mount(self) -> None:
        if self._ascii:
            self.vertical_scrollbar.renderer = _AsciiBar  # type: ignore[misc]

    def show(self, lines: Sequence[Line]) -> None:
        """Draw `lines` from now on, repainting only the cells that differ."""
        before, self._lines = len(self._lines), lines
        if len(lines) != before:
            self.virtual_size = Size(self.size.width, len(lines))
        top, size = self.scroll_offset.y, self.size
        below = min(max(before, len(lines)), top + size.height)
        dirty = [
            Region(start, at - top, end - start, 1)
            for at in range(top, below)
            for start, end in self._dirty(at, size.width)
        ]
        if dirty:
            self.refresh(*dirty)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the strips as they are kept, behind the app's filters: they fill the
        widget, so of what Textual does for each line nothing else is of use.
        """
        if not self._is_bare:
            return super().render_lines(crop)
        strips = [self.render_line(y) for y in crop.line_range]
        if filters := self.get_line_filters():
            _, background = self.background_colors
            for one in filters:  # a strip keeps what came of it
                strips = [strip.apply_filter(one, background) for strip in strips]
        start, end = crop.column_span
        if (start, end) == (0, self.size.width):
            return strips
        return [strip.crop(start, end) for strip in strips]

    @property
    def _is_bare(self) -> bool:
        """True when lines are all there is: no border, padding, tint or opacity."""
        return self.size == self.outer_size and self.opacity == 1.0

    def render_line(self, y: int) -> Strip:
        at, width = y + self.scroll_offset.y, self.size.width
        line = self._lines[at] if at < len(self._lines) else ()
        known = self._painted.get(at)
        if known is not None and known[0] == line and known[1].cell_length == width:
            return known[1]
        strip = self._strip(line, width)
        self._painted[at] = (line, strip)
        return strip

    def notify_style_update(self) -> None:
        self._painted.clear()
        self._styles.clear()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        self._painted.clear()
        self.virtual_size = Size(event.size.width, len(self._lines))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if len(self._painted) > 4 * self.size.height:
            self._painted.clear()

    def _dirty(self, at: int, width: int) -> tuple[tuple[int, int], ...]:
        """Return the cells of a line that differ from what was painted, if any do."""
        line = self._lines[at] if at < len(self._lines) else ()
        known = self._painted.get(at)
        if known is None:
            return ((0, width),)
        if known[0] is line or known[0] == line:
            return ()
        return (_differing(known[0], line, width),)

    def _strip(self, line: Line, width: int) -> Strip:
        if cells(line) != width:
            line = fit_line(line, width)
        return Strip([self._segment(span) for span in line], width)

    def _segment(self, span: Span) -> Segment:
        text = to_ascii(span.text) if self._ascii else span.text
        key = (span.tone, span.selected)
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._style(*key)
        return Segment(text, style)

    def _style(self, tone: Tone, selected: bool) -> Style:
        names = (_SELECTED, f"lines--{tone}") if selected else (f"lines--{tone}",)
        style = self.get_visual_style(*names).rich_style  # blends, but loses reverse
        return style + self.get_component_styles(names[-1]).text_style


def _differing(old: Line, new: Line, width: int) -> tuple[int, int]:
    """Return the first and one past the last cell in which two lines differ."""
    same = 0
    for a, b in zip(old, new, strict=False):
        if a != b:
            break
        same += 1
    start = cells(new[:same])
    tail = 0
    for a, b in zip(reversed(old[same:]), reversed(new[same:]), strict=False):
        if a != b:
            break
        tail += 1
    whole = cells(new)
    if not tail or whole != cells(old):
        return start, width
    return start, max(start + 1, whole - cells(new[len(new) - tail :]))
