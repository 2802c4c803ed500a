"""An app that is only a host: it gives one screen one snapshot, at NOW, in UTC."""

from datetime import UTC, datetime

from textual.app import App
from textual.screen import Screen

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui import themes
from conductor_tui.tui.messages import OpenPlatform, SnapshotChanged
from conductor_tui.tui.screens.overview import OverviewScreen
from conductor_tui.tui.screens.platform import PlatformScreen
from conductor_tui.tui.stylesheets import stylesheet
from tests.tui import worlds


class Host(App[None]):
    """Shows `screen`; remembers which platforms it was asked to open."""

    CSS_PATH = stylesheet("app")

    def __init__(
        self, screen: Screen[None], snapshot: Snapshot, *, theme: str = themes.DARK
    ) -> None:
        super().__init__()
        self.opened: list[PlatformName] = []
        self._first = screen
        self._snapshot = snapshot
        for known in themes.THEMES:
            self.register_theme(known)
        self.theme = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(themes.DEFAULTS)

    async def on_mount(self) -> None:
        # pushed, because Textual does not load the CSS_PATH of a default screen
        await self.push_screen(self._first)
        self.tell(self._snapshot)

    def tell(self, snapshot: Snapshot, now: datetime = worlds.NOW) -> None:
        self._snapshot = snapshot
        self.screen.post_message(SnapshotChanged(snapshot, now))

    def tell_to(self, screen: Screen[object], snapshot: Snapshot) -> None:
        screen.post_message(SnapshotChanged(snapshot, worlds.NOW))

    def on_open_platform(self, message: OpenPlatform) -> None:
        self.opened.append(message.platform)


def overview(
    snapshot: Snapshot, *, ascii: bool = False, theme: str = themes.DARK
) -> Host:
    return Host(OverviewScreen(ascii=ascii, zone=UTC), snapshot, theme=theme)


def platform(
    snapshot: Snapshot, name: str, *, ascii: bool = False, theme: str = themes.DARK
) -> Host:
    screen = PlatformScreen(PlatformName(name), ascii=ascii, zone=UTC)
    return Host(screen, snapshot, theme=theme)
