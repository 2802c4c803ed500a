"""The application: it owns the feed, and routes keys to commands and screens."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import partial
from os import environ

from textual import work
from textual.screen import ModalScreen, Screen

from conductor_tui import ports
from conductor_tui.tui import actions, guards, terminal, themes
from conductor_tui.tui.commanding import Operator
from conductor_tui.tui.desk import Desk
from conductor_tui.tui.engine_thread import EngineThread
from conductor_tui.tui.feed import Feed
from conductor_tui.tui.ledger import Said
from conductor_tui.tui.messages import OpenPlatform
from conductor_tui.tui.neighbours import Neighbours
from conductor_tui.tui.replaying import ReplayingApp
from conductor_tui.tui.screens.overview import OverviewScreen
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.status_line import StatusLine

# In the first second the words come all at once: looking more often shows them sooner.
FIRST_LOOK_S, FIRST_LOOKS = 0.05, 20
SOFTWARE = 70  # EX_SOFTWARE: the engine or the app ended by itself


class ConductorApp(ReplayingApp):
    """Shows a session. Attributes go down, messages come up, commands go out."""

    # Textual reads the stylesheets of pushed screens, not of the default one.
    CSS_PATH = [
        stylesheet("app"),
        stylesheet("past"),
        stylesheet("advice"),
        *OverviewScreen.CSS_PATH,
    ]
    TITLE = "conductor"
    BINDINGS = actions.bindings()

    def __init__(
        self,
        session: ports.Session,
        clock: ports.Clock,
        *,
        engine: EngineThread | None = None,
        operator: Operator,
        read_only: bool = False,
        ascii: bool = False,
        hz: float = 4.0,
        zone: tzinfo | None = None,
        archive: ports.Archive | None = None,
        letters: ports.LetterBox | None = None,
        left_at: datetime | None = None,
        known_as: Callable[[], str] | None = None,
        ready: Callable[[], None] | None = None,
    ) -> None:
        """`hz` 0: nothing moves until `pull` is called. `ascii`: no other signs.
        `zone` None: times of day are in the system's time zone. `ready` is called once,
        behind the first paint. `archive` tells of the past, `letters` gives dead
        letters whole. `left_at` is when this person's last dashboard went; None: as
        far as the snapshot knows. `known_as` gives what the conductor calls this
        person; None: as they call themselves.
        """
        # Without colours Textual would still paint greys; so it must paint none.
        super().__init__(ansi_color=True if "NO_COLOR" in environ else None)
        self.ascii, self.zone = ascii, zone
        self.engine = engine
        self.last_words = ""
        self.desk = Desk(session, clock, operator)
        self.feed = Feed(session, clock)
        self.archive, self.left_at = archive, left_at
        self.letters = letters
        self.known_as = known_as or (lambda: operator.by)
        self.neighbours = Neighbours(self.desk.is_ours)
        self._clock, self._read_only, self._hz = clock, read_only, hz
        self._at_ready = ready
        self._saying: tuple[Screen[object], Said | None] | None = None
        self._stood: tuple[bool, ...] | None = None
        self._leaving: int | None = None
        self._its_loop: asyncio.AbstractEventLoop | None = None
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.DARK

    def get_default_screen(self) -> Screen[None]:
        return OverviewScreen(ascii=self.ascii, zone=self.zone)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(themes.DEFAULTS)

    @property
    def is_read_only(self) -> bool:
        return self._read_only or self.feed.snapshot.read_only

    @property
    def exit_code(self) -> int:
        if self._leaving is not None:
            return self._leaving
        return SOFTWARE if self.return_code else 0  # Textual's own: an error of ours

    def leave(self, code: int, words: str = "") -> None:
        """End the app; from any thread, and from a signal handler. The first counts."""
        if self._leaving is None:
            self._leaving, self.last_words = code, words
        if self._its_loop:
            with suppress(RuntimeError):  # it is closed: we are out already
                self._its_loop.call_soon_threadsafe(self.exit)

    def on_mount(self) -> None:
        self._its_loop = asyncio.get_running_loop()
        self.set_class(self.ascii, "-ascii")
        if self._leaving is not None:  # a signal came before there was a loop
            self.exit()
        self.screen_change_signal.subscribe(self, lambda _: self._tell_newest())
        self.app_resume_signal.subscribe(self, lambda _: self._resumed())
        soon = self._its_loop.call_soon_threadsafe
        guards.mind_resize(soon)
        guards.mind_continue(self._driver, partial(soon, self._repaint))
        self.call_later(self._tell_newest)
        self.answer_calls()  # from here on
        if self._hz:
            self.set_interval(1 / self._hz, self.pull)
            self.set_interval(FIRST_LOOK_S, self.pull, repeat=FIRST_LOOKS)

    def on_ready(self) -> None:
        """Start the engine behind the first paint. Earlier it brings nothing: the two
        share a core, so a thousand first checks only hold up what is to show them.
        """
        if self.engine:
            self.call_after_refresh(self.run_engine, self.engine)
        if self._at_ready:
            self.call_after_refresh(self._at_ready)

    @work(name="engine")
    async def run_engine(self, engine: EngineThread) -> None:
        """The health loop, as a worker: the app ends with it, in words."""
        if words := await engine.run():
            self.leave(SOFTWARE, words)

    def pull(self) -> None:
        """Look at the session once, and tell the screens if something is new."""
        if terminal.backlog(self._driver) > terminal.BACKLOG_LIMIT:
            return  # the terminal is stalled: a frame more would block the loop
        self.desk.hear(self.feed.snapshot)
        self.look_around()
        self.show_said()
        self.answer_calls()
        self.meter.beat(self._clock.monotonic())
        news = self.feed.news()
        if news:
            for screen in self._visible():
                screen.post_message(news)

    def show_said(self) -> None:
        """Bring the desk's sentence, and what is possible now, to the screen."""
        saying = (self.screen, self._sentence)
        if self._saying != saying:
            for line in self.screen.query(StatusLine):
                line.ascii, line.said = self.ascii, saying[1]
                self._saying = saying  # not before there is a line for it
        if self._stood != self.standing:
            self._stood = self.standing
            self.refresh_bindings()

    def _resumed(self) -> None:
        if self._its_loop:
            guards.mind_resize(self._its_loop.call_soon_threadsafe)
        self._repaint()

    def _repaint(self) -> None:
        """Paint every cell again: the terminal showed something else meanwhile."""
        self.refresh(layout=True)

    def _tell_newest(self) -> None:
        self.screen.post_message(self.feed.show())
        self.show_lines()
        self.show_said()
        self._stood = None  # not drawn yet: to be asked again at the next look

    def _visible(self) -> Iterator[Screen[object]]:
        """The top screen, and what a dialog on top leaves visible behind it."""
        for screen in reversed(self.screen_stack):
            yield screen
            if not isinstance(screen, ModalScreen):
                return

    def on_open_platform(self, message: OpenPlatform) -> None:
        from conductor_tui.tui.screens.platform import PlatformScreen

        screen = PlatformScreen(message.platform, ascii=self.ascii, zone=self.zone)
        self.push_screen(screen)
