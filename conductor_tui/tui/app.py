"""The application: it owns the feed and routes keys to commands and screens."""

from collections.abc import Callable, Iterable

from textual import events
from textual.app import App, SystemCommand
from textual.screen import ModalScreen, Screen

from conductor_tui import ports
from conductor_tui.domain.commands import Command
from conductor_tui.domain.errors import SessionLost
from conductor_tui.tui import actions, commanding, themes
from conductor_tui.tui.commanding import Aim, Ledger, Operator, Said, Tone
from conductor_tui.tui.feed import Feed
from conductor_tui.tui.messages import OpenPlatform, PicksPlatform
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.status_line import StatusLine


class ConductorApp(App[None]):
    """Shows a session. Attributes go down, messages come up, commands go out."""

    CSS_PATH = stylesheet("app")
    TITLE = "conductor"
    BINDINGS = actions.bindings()

    def __init__(
        self,
        session: ports.Session,
        clock: ports.Clock,
        *,
        engine: ports.EngineHost | None = None,
        operator: Operator,
        read_only: bool = False,
        ascii: bool = False,
        hz: float = 4.0,
    ) -> None:
        """`hz` 0: nothing moves until `pull` is called."""
        super().__init__()
        self.ascii = ascii
        self._session, self._clock, self._hz = session, clock, hz
        self._engine = engine
        self._operator = operator
        self._read_only = read_only
        self._feed = Feed(session, clock)
        self._ledger = Ledger()
        self._said: Said | None = None
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.DARK

    def get_default_screen(self) -> Screen[None]:
        from conductor_tui.tui.screens.overview import OverviewScreen

        return OverviewScreen()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(themes.DEFAULTS)

    def on_mount(self) -> None:
        self.screen_change_signal.subscribe(self, lambda _: self._tell_newest())
        self.call_later(self._tell_newest)
        if self._hz:
            self.set_interval(1 / self._hz, self.pull)

    def pull(self) -> None:
        """Look at the session once, and tell the screens if something is new."""
        self._hear()
        news = self._feed.news()
        if news:
            for screen in self._visible():
                screen.post_message(news)

    def _tell_newest(self) -> None:
        self.screen.post_message(self._feed.newest())
        self._show_said()

    def _visible(self) -> Iterable[Screen[object]]:
        """The top screen, and what a dialog on top leaves visible behind it."""
        for screen in reversed(self.screen_stack):
            yield screen
            if not isinstance(screen, ModalScreen):
                return

    def _hear(self) -> None:
        now = self._clock.monotonic()
        said = self._ledger.hear(self._session.latest(), now)
        if said:
            self.say(said)
        elif self._said and self._said.until < now:
            self.say(None)

    def say(self, said: Said | None) -> None:
        self._said = said
        self._show_said()
        self.refresh_bindings()

    def _show_said(self) -> None:
        for line in self.screen.query(StatusLine):
            line.said = self._said

    def on_open_platform(self, message: OpenPlatform) -> None:
        from conductor_tui.tui.screens.platform import PlatformScreen

        self.push_screen(PlatformScreen(message.platform))
