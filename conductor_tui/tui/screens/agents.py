"""Every agent, and the ways in for its beats."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from conductor_tui.domain.ids import AgentId, PlatformName
from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.messages import OpenAgent, SnapshotChanged
from conductor_tui.tui.present.agent_row import LIST_BELOW
from conductor_tui.tui.present.agent_text import agent_text, table_text
from conductor_tui.tui.present.agents_board import AgentPainter
from conductor_tui.tui.present.agents_filter import ASKS, EVERY_AGENT, parse
from conductor_tui.tui.present.agents_order import PLAIN_AGENTS, AgentOrder
from conductor_tui.tui.present.agents_page import (
    agents_title,
    begin_lines,
    hidden_lines,
    ways_lines,
)
from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.marks import Marks
from conductor_tui.tui.present.order import follow
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.board import Board
from conductor_tui.tui.widgets.filter_line import FilterLine, filter_row
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.page import SHORT
from conductor_tui.tui.widgets.status_line import StatusLine


class AgentsScreen(Screen[None]):
    """Draws the agents of the newest snapshot; satisfies PicksAgent, Browses, Filters
    and Copies.
    """

    CSS_PATH = [stylesheet("lines"), stylesheet("agents")]
    AUTO_FOCUS = "#board"
    BINDINGS = [
        Binding("enter", "jump", "open", key_display="enter", tooltip="Open its page"),
        Binding(
            "escape", "clear", "live; then no marks; no filter; then back", show=False
        ),
    ]

    def __init__(self, *, ascii: bool = False, zone: tzinfo | None = None) -> None:
        """`zone` None: times of day are in the system's time zone."""
        super().__init__()
        self._ascii = ascii
        self._zone = zone
        self._shown: SnapshotChanged | None = None
        self._live: SnapshotChanged | None = None
        self._is_frozen = False
        self._found = ""
        self._taste = PLAIN_AGENTS
        self._marks: Marks[AgentId] = Marks()
        self._order = AgentOrder()
        self._painter = AgentPainter()

    @property
    def picked_agent(self) -> AgentId | None:
        """The agent under the cursor."""
        board = self.query_one_optional(Board)  # keys may come before it is there
        name: AgentId | None = board.cursor if board else None
        return name

    @property
    def marked_agents(self) -> tuple[AgentId, ...]:
        """The marked agents: in the order of the board, then those hidden."""
        names, shown = self._marks.names, self._order.names
        hidden = sorted(names.difference(shown)) if names else []
        return (*[name for name in shown if name in names], *hidden)

    @property
    def marked(self) -> tuple[PlatformName, ...]:
        """No platform is marked here: no key may hit one that is called alike."""
        return ()

    @property
    def frozen(self) -> SnapshotChanged | None:
        return self._shown if self._is_frozen else None

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield LinesView(ascii=self._ascii, id="title")
        yield LinesView(ascii=self._ascii, id="titles")
        yield Board[AgentId](ascii=self._ascii, id="board")
        yield LinesView(ascii=self._ascii, id="begin")
        yield LinesView(ascii=self._ascii, id="ways")
        yield StatusLine()
        yield filter_row(ASKS)
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        """Draw it; a frozen picture stays as it is."""
        self._live = message
        if not self._is_frozen or self._shown is None:
            self._shown = message
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_key(self) -> None:
        self._order.touch()

    def on_board_touched(self, message: Board.Touched) -> None:
        message.stop()
        self._order.touch()

    def on_board_moved(self, message: Board.Moved) -> None:
        message.stop()
        self._draw_board()

    def on_board_opened(self, message: Board.Opened) -> None:
        message.stop()
        self.action_jump()

    def action_jump(self) -> None:
        """Open the page of the agent under the cursor."""
        if (name := self.picked_agent) is not None:
            self.post_message(OpenAgent(name))

    def filter(self) -> None:
        """Ask for a filter; the one in force may be changed."""
        self.add_class("-typing")
        self.query_one(FilterLine).open(self._taste.filter.text)
        self._draw()

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        message.stop()
        self._taste = replace(self._taste, filter=parse(message.words))
        if message.is_done:
            self.remove_class("-typing")
            self.query_one(Board).focus()
        self._draw()

    def mark(self) -> None:
        """Mark the agent under the cursor, or unmark it, and step on."""
        self._order.touch()  # by the palette it comes without a key
        if (name := self.picked_agent) is not None:
            self._marks = self._marks.toggled(name)
            self.query_one(Board).action_step("down")
            self._draw()

    def mark_to_here(self) -> None:
        self._order.touch()
        if (name := self.picked_agent) is not None:
            self._marks = self._marks.up_to(name, self._order.names)
            self._draw()

    def sort(self, step: int) -> None:
        self._order.touch()
        self._taste = replace(self._taste, sort=self._taste.sort.step(step))
        self._draw()

    def invert(self) -> None:
        self._order.touch()
        self._taste = replace(self._taste, inverse=not self._taste.inverse)
        self._draw()

    def freeze(self) -> None:
        """Stand still, or be live again: then what came meanwhile is drawn."""
        if self._shown is not None:
            self._is_frozen = not self._is_frozen
            self._shown = self._shown if self._is_frozen else self._live
            self._draw()

    async def action_clear(self) -> None:
        """One thing for each press: the freeze, the marks, the filter, this screen."""
        if self._is_frozen:
            self.freeze()
        elif self._marks.names:
            self._marks = Marks()
        elif self._taste.filter.text:
            self._taste = replace(self._taste, filter=EVERY_AGENT)
        else:
            await self.app.run_action("app.back")
            return
        self._draw()

    def copied(self, *, everything: bool) -> Copy:
        """Return the table as it stands there, or the marked agents, or the one."""
        if self._shown is None:
            return Copy("", "nothing")
        agents, lens = self._shown.snapshot.agents, self._lens
        if everything:
            views = [agents[name] for name in self._order.names]
            return Copy(table_text(views, lens), f"{len(views)} agents")
        picked = self.picked_agent
        names = self.marked_agents or ((picked,) if picked else ())
        texts = [agent_text(agents[name], lens) for name in names if name in agents]
        what = names[0] if len(texts) == 1 else f"{len(texts)} agents"
        return Copy("\n\n".join(texts), f"{what} as Markdown")

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, (width, height) = self._shown.snapshot, self.size
        is_frozen = self._is_frozen
        self.set_class(not snapshot.agents, "-empty")
        self.set_class(width < LIST_BELOW, "-list")
        self._marks = self._marks.kept(snapshot.agents)
        self._draw_board()
        top = header(snapshot, self._lens, width, frozen=is_frozen)
        self._lines("header").show([top])
        self._draw_title()
        ways = ways_lines(snapshot.ingest, width, short=height < SHORT)
        below = self._lines("ways")
        below.styles.height = len(ways)
        below.show(ways)
        if not snapshot.agents:
            self._lines("begin").show(begin_lines(width))

    def _draw_title(self) -> None:
        assert self._shown is not None
        snapshot, names = self._shown.snapshot, self._order.names
        counts = f"{len(names)} of {len(snapshot.agents)}"
        shown = frozenset(names) if self._marks.names else frozenset()
        line = agents_title(
            snapshot, self._taste, self._marks, shown, counts, self.size.width
        )
        self._lines("title").show([line])
        trouble = self._taste.filter.trouble
        words = to_ascii(f"{counts}  {trouble}" if trouble else counts)
        if self.has_class("-typing") and words != self._found:
            self._found = words  # an update arranges the whole screen anew
            self.query_one("#found", Static).update(words)

    def _draw_board(self) -> None:
        """Draw the board alone, after a move of the cursor."""
        if self._shown is None:
            return
        board: Board[AgentId] = self.query_one(Board)
        agents, before = self._shown.snapshot.agents, self._order.names
        names = self._order.update(
            agents, self._shown.now, self._taste, frozen=not self.is_active
        )
        board.put_cursor(self._cursor(board.cursor, before, names))
        picture = self._painter.paint(
            names,
            agents,
            self._lens,
            max(1, self.size.width - 1),
            self._taste.sort,
            board.cursor,
            self._marks.names,
        )
        if agents and not names:
            picture = replace(picture, lines=hidden_lines(self.size.width))
        board.show_picture(picture)
        self._lines("titles").show([picture.titles])

    def _cursor(
        self,
        cursor: AgentId | None,
        before: Sequence[AgentId],
        names: Sequence[AgentId],
    ) -> AgentId | None:
        """Until somebody touched the board the cursor is at its top."""
        if self._order.is_touched:
            return follow(cursor, before, names)
        return names[0] if names else None

    @property
    def _lens(self) -> Lens:
        assert self._shown is not None
        return Lens(self._shown.now, self._zone)

    def _lines(self, id: str) -> LinesView:
        return self.query_one(f"#{id}", LinesView)
