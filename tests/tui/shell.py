"""The whole application over a recorded session: keys in, `session.sent` out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC

from textual.pilot import Pilot

from conductor_tui import ports
from conductor_tui.domain.commands import Command, agent_of, platform_of, verb
from conductor_tui.domain.events import CommandAnswered, Envelope, Event
from conductor_tui.domain.ids import PlatformName, Seq
from conductor_tui.testing import FakeClock, RecordedSession
from conductor_tui.tui.app import ConductorApp
from conductor_tui.tui.commanding import Operator
from conductor_tui.tui.engine_thread import EngineThread
from conductor_tui.tui.messages import PicksPlatform
from conductor_tui.tui.widgets.key_line import KeyHint, KeyLine
from conductor_tui.tui.widgets.status_line import StatusLine
from tests.build import NODE, added

OPERATOR = Operator(by="root", origin="ssh from 10.0.0.2")


class Shell:
    """An app at rest: nothing moves but by a key, `tell` or `wait`.

    Without events it watches one platform, `api`.
    """

    def __init__(
        self,
        *events: Event,
        read_only: bool = False,
        ascii: bool = False,
        engine: ports.EngineHost | None = None,
    ) -> None:
        self.session = RecordedSession([])
        self.clock = FakeClock()
        self.app = ConductorApp(
            self.session,
            self.clock,
            engine=EngineThread(engine) if engine else None,
            operator=OPERATOR,
            read_only=read_only,
            ascii=ascii,
            hz=0,
            zone=UTC,
        )
        self.add(*(events or (added("api"),)))
        self._pilot: Pilot[None] | None = None

    @asynccontextmanager
    async def running(
        self, size: tuple[int, int] = (100, 30)
    ) -> AsyncIterator["Shell"]:
        """Run the app until the block ends."""
        async with self.app.run_test(size=size) as pilot:
            self._pilot = pilot
            await pilot.pause()
            yield self

    async def press(self, *keys: str) -> None:
        assert self._pilot is not None
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def tell(self, *events: Event) -> None:
        """Let the session say something, and the app look."""
        self.add(*events)
        await self.look()

    async def answer(self, words: str, *before: Event, granted: bool = True) -> None:
        """Answer the command sent last, after the events that it led to."""
        last = self.sent[-1]
        await self.tell(
            *before,
            CommandAnswered(
                command=last.id,
                verb=verb(last),
                platform=platform_of(last),
                agent=agent_of(last),
                granted=granted,
                words=words,
                by=last.by,
            ),
        )

    async def wait(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        await self.look()

    async def look(self) -> None:
        assert self._pilot is not None
        self.app.pull()
        await self._pilot.pause()

    @property
    def sent(self) -> list[Command]:
        return self.session.sent

    @property
    def said(self) -> str:
        """What the status line shows."""
        said = self.app.screen.query_one(StatusLine).said
        return said.text if said else ""

    @property
    def hints(self) -> dict[str, KeyHint]:
        """What the key line offers, by action."""
        hints = self.app.screen.query_one(KeyLine).hints
        return {hint.action: hint for hint in hints}

    @property
    def picked(self) -> PlatformName:
        """The platform under the cursor of the screen on top."""
        screen = self.app.screen
        assert isinstance(screen, PicksPlatform)
        assert screen.picked is not None
        return screen.picked

    @property
    def text(self) -> str:
        """The whole screen as it is painted."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join(strip.text.rstrip() for strip in strips)

    def add(self, *events: Event) -> None:
        """Let the session have it, unseen until the next look."""
        at = self.clock.now()
        for event in events:
            seq = Seq(len(self.session.frames) + 1)
            self.session.frames.append(Envelope(seq=seq, node=NODE, at=at, event=event))
