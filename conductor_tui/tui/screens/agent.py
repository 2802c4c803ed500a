"""One agent closely."""

from datetime import tzinfo

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.agent_beats import beats
from conductor_tui.tui.present.agent_page import agent_page, gone, pick
from conductor_tui.tui.present.agent_plot import WINDOWS_S
from conductor_tui.tui.present.agent_text import agent_text
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Line, text_of
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.page import SHORT, Page
from conductor_tui.tui.widgets.status_line import StatusLine


class AgentScreen(Screen[None]):
    """Draws one agent of the newest snapshot; satisfies PicksAgent, HasWindow and
    Copies.
    """

    CSS_PATH = [stylesheet("lines"), stylesheet("agent")]
    AUTO_FOCUS = "Page"
    BINDINGS = [
        Binding(
            "left,h", "choose(-1)", "older", show=False, tooltip="Choose an older beat"
        ),
        Binding(
            "right,l", "choose(1)", "newer", show=False, tooltip="Choose a newer beat"
        ),
    ]

    def __init__(
        self, agent: AgentId, *, ascii: bool = False, zone: tzinfo | None = None
    ) -> None:
        """`zone` None: times of day are in the system's time zone."""
        super().__init__()
        self._agent = agent
        self._ascii = ascii
        self._zone = zone
        self._shown: SnapshotChanged | None = None
        self._window_s = WINDOWS_S[0]
        self._chosen: float | None = None
        self._page: tuple[Line, ...] = ()

    @property
    def picked_agent(self) -> AgentId | None:
        """The agent of this screen; None once nobody listens for it any more."""
        shown = self._shown
        is_gone = shown is not None and self._agent not in shown.snapshot.agents
        return None if is_gone else self._agent

    @property
    def marked_agents(self) -> tuple[AgentId, ...]:
        return ()

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield Page(ascii=self._ascii, id="page")
        yield StatusLine()
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._shown = message
        self._draw()

    def on_resize(self) -> None:
        self.set_class(self.size.height < SHORT, "-short")
        self._draw()

    def window(self, step: int) -> None:
        """Show a longer stretch of the past, or a shorter one; they go round."""
        at = WINDOWS_S.index(self._window_s) + step
        self._window_s = WINDOWS_S[at % len(WINDOWS_S)]
        self._draw()

    def action_choose(self, step: int) -> None:
        """Choose the beat before, or the one after; behind the newest, follow it."""
        view = self._shown.snapshot.agents.get(self._agent) if self._shown else None
        known = beats(view) if view else []
        beat = pick(known, self._chosen)
        if beat is None:
            return
        at = max(0, known.index(beat) + step)
        self._chosen = known[at].at if at < len(known) - 1 else None
        self._draw()

    def copied(self, *, everything: bool) -> Copy:
        """Return the page as text, or the agent as Markdown."""
        view = self._shown.snapshot.agents.get(self._agent) if self._shown else None
        if everything or view is None:
            text = "\n".join(text_of(line).rstrip() for line in self._page)
            return Copy(text, "the page")
        return Copy(agent_text(view, self._lens), f"{self._agent} as Markdown")

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, lens = self._shown.snapshot, self._lens
        top = self.query_one("#header", LinesView)
        top.show([header(snapshot, lens, self.size.width)])
        self._page = self._lines(snapshot, lens)
        self.query_one(Page).show(self._page)

    def _lines(self, snapshot: Snapshot, lens: Lens) -> tuple[Line, ...]:
        width, height = max(1, self.size.width - 1), self.size.height
        view = snapshot.agents.get(self._agent)
        if view is None:
            return gone(self._agent, width)
        size = (width, height)
        return agent_page(view, snapshot, lens, size, self._window_s, self._chosen)

    @property
    def _lens(self) -> Lens:
        assert self._shown is not None
        return Lens(self._shown.now, self._zone)
