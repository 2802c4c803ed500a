"""One platform: why it is as it is, its results and its timeline."""

from datetime import tzinfo

from textual.app import ComposeResult
from textual.screen import Screen

from conductor_tui.domain.alert import SubjectKind
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.alert_words import subject_lines
from conductor_tui.tui.present.blame import behind_whom
from conductor_tui.tui.present.board import Memo
from conductor_tui.tui.present.clients import are_known, note, reach
from conductor_tui.tui.present.clients_page import clients_table, traffic_line
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.heading import heading, unknown
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.platform import happened, measured, rules
from conductor_tui.tui.present.plugin_note import plugin_note
from conductor_tui.tui.present.relations import relations
from conductor_tui.tui.present.requests_note import requests_note
from conductor_tui.tui.present.spans import Line
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.page import Page
from conductor_tui.tui.widgets.status_line import StatusLine


class PlatformScreen(Screen[None]):
    """Draws one platform of the newest snapshot; satisfies PicksPlatform."""

    CSS_PATH = [stylesheet("lines"), stylesheet("platform")]

    def __init__(
        self, platform: PlatformName, *, ascii: bool = False, zone: tzinfo | None = None
    ) -> None:
        """`zone` None: times of day are in the system's time zone."""
        super().__init__()
        self._platform = platform
        self._ascii = ascii
        self._zone = zone
        self._shown: SnapshotChanged | None = None
        self._measured: Memo[tuple[Line, ...]] = Memo()
        self._happened: Memo[tuple[Line, ...]] = Memo()

    @property
    def picked(self) -> PlatformName | None:
        """The platform of this screen; None once it is not watched any more."""
        shown = self._shown
        gone = shown is not None and self._platform not in shown.snapshot.platforms
        return None if gone else self._platform

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield Page(ascii=self._ascii, id="page")
        yield StatusLine()
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._shown = message
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, lens = self._shown.snapshot, Lens(self._shown.now, self._zone)
        width = self.size.width
        top = self.query_one("#header", LinesView)
        top.show([header(snapshot, lens, width)])
        self.query_one(Page).show(self._page(snapshot, lens, width - 1))

    def _page(self, snapshot: Snapshot, lens: Lens, width: int) -> tuple[Line, ...]:
        view = snapshot.platforms.get(self._platform)
        if view is None:
            return unknown(self._platform, width)
        cause = behind_whom(view, snapshot)
        applied = note(reach(snapshot, view.name), view.breaker, lens)
        return (
            *heading(view, lens, width, cause, applied),
            *plugin_note(view, snapshot, lens, width),
            *relations(view, snapshot, lens, width),
            *subject_lines(snapshot, SubjectKind.PLATFORM, view.name, lens, width),
            *self._body(view, snapshot, lens, width),
        )

    def _body(
        self, view: PlatformView, snapshot: Snapshot, lens: Lens, width: int
    ) -> tuple[Line, ...]:
        """Return what is below the heading; what has not changed is not drawn anew."""
        held, breaker = reach(snapshot, view.name), view.breaker
        traffic = (traffic_line(held, breaker, width),) if are_known(snapshot) else ()
        because = (view, width, lens.local(lens.now).date())
        return (
            *self._measured.get(view.name, because, lambda: measured(view, width)),
            *traffic,
            *requests_note(view, snapshot, width),
            *rules(view, width),
            *clients_table(held, breaker, lens, width),
            *self._happened.get(
                view.name, because, lambda: happened(view, lens, width)
            ),
        )
