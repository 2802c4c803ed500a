"""A journal of letters in memory, and an engine whose plug-ins echo."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from conductor_tui.domain.commands import (
    DiscardLetters,
    LetterCommand,
    RedriveLetters,
    ResetBreaker,
    TripBreaker,
)
from conductor_tui.domain.dead_letter import DeadLetter, LetterView
from conductor_tui.domain.dispatch import (
    Dispatched,
    DispatchRequest,
    DispatchSettings,
    DispatchSpec,
)
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.ids import LetterId, PlatformName
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.ports import KeptKey, KeptLetters
from conductor_tui.testing import settle
from tests.build import spec
from tests.engine.plugins.fakes import FakeWorker, PluginStage, plugin, plugin_stage


class FakeLetterJournal:
    """Satisfies ports.LetterJournal. `trouble` is raised by every call."""

    def __init__(self) -> None:
        self.letters: dict[LetterId, DeadLetter] = {}
        self.keys: dict[str, KeptKey] = {}
        self.last, self.trouble = 0, ""
        self.words = ""  # of what cannot be read
        self.hard: list[LetterId] = []

    async def open(self) -> KeptLetters:
        self._look()
        letters = tuple(self.letters.values())
        return KeptLetters(letters=letters, last=self.last, words=self.words)

    async def keep(
        self,
        letters: Sequence[DeadLetter] = (),
        gone: Sequence[LetterId] = (),
        keys: Sequence[KeptKey] = (),
        *,
        is_soft: bool = False,
    ) -> None:
        await asyncio.sleep(0)
        self._look()
        for one in letters:
            self.letters[one.id] = one
            self.last = max(self.last, one.id)
            self.hard += [] if is_soft else [one.id]
        for letter in gone:
            self.letters.pop(letter, None)
        self.keys |= {one.key: one for one in keys}

    async def key(self, key: str) -> KeptKey | None:
        await asyncio.sleep(0)
        self._look()
        return self.keys.get(key)

    def _look(self) -> None:
        if self.trouble:
            raise JournalFailed(self.trouble)


class Sender:
    """Somebody who sends requests to an engine, and lets its time pass."""

    def __init__(self, made: PluginStage, journal: FakeLetterJournal) -> None:
        self.made, self.journal = made, journal
        self.staged, self.clock = made.staged, made.staged.clock
        self.requests = made.staged.conductor.requests
        self._count = 0

    def worker(self, name: str = "echo") -> FakeWorker:
        return self.made.host.worker(name)

    def asked(self, name: str = "echo") -> list[object]:
        """Return the payloads that a plug-in was asked with."""
        return [one.payload for one in self.worker(name).asked]

    def begin(
        self, payload: object = "hi", **more: object
    ) -> "asyncio.Task[Dispatched]":
        self._count += 1
        said = {"id": f"r-{self._count}", "to": "echo", "payload": payload, **more}
        return asyncio.create_task(self.requests.send(DispatchRequest(**said)))  # type: ignore[arg-type]

    async def send(self, payload: object = "hi", **more: object) -> Dispatched:
        """Send one request, and let time pass until it has ended."""
        sent = self.begin(payload, **more)
        await settle()
        for _ in range(300):
            if sent.done():
                break
            await self.clock.advance(0.1)
        return await sent

    @property
    def letters(self) -> list[LetterView]:
        return list(self.requests.letters())

    @property
    def told(self) -> list[LetterView]:
        return list(self.staged.hub.snapshot.letters.in_order())

    async def trip(self, name: str = "echo") -> None:
        await self.staged.ask(
            TripBreaker(
                id=self.staged.new_id(),
                platform=PlatformName(name),
                by="ann",
                epoch=self.staged.view(name).breaker.epoch,
                why="moving",
            )
        )

    async def reset(self, name: str = "echo") -> None:
        await self.staged.ask(
            ResetBreaker(
                id=self.staged.new_id(),
                platform=PlatformName(name),
                by="ann",
                epoch=self.staged.view(name).breaker.epoch,
            )
        )

    async def redrive(self, *letters: int, to: str = "") -> CommandAnswered:
        return await self._ask(
            RedriveLetters(
                id=self.staged.new_id(),
                by="ann",
                letters=tuple(map(LetterId, letters)),
                to=to,
            )
        )

    async def discard(
        self, *letters: int, to: str = "", why: str = "sent by hand"
    ) -> CommandAnswered:
        return await self._ask(
            DiscardLetters(
                id=self.staged.new_id(),
                by="ann",
                letters=tuple(map(LetterId, letters)),
                to=to,
                why=why,
            )
        )

    async def _ask(self, command: LetterCommand) -> CommandAnswered:
        self.staged.conductor.control.handle(command)
        await settle(100)
        return self.staged.answer_to(command)


@asynccontextmanager
async def sender(
    *names: str,
    spec_: DispatchSpec | None = None,
    requests: DispatchSettings | None = None,
    journal: FakeLetterJournal | None = None,
    group: str = "",
) -> AsyncIterator[Sender]:
    """Run an engine with these plug-ins (default: echo), each a platform of its own in
    `group`, and a journal of letters.
    """
    names = names or ("echo",)
    journal = journal or FakeLetterJournal()
    platforms = [
        PlatformSettings(
            spec=spec(one, probe="plugin", target=one, group=group, failures=100),
            options=None,
        )
        for one in names
    ]
    settings = Settings(
        platforms=(PlatformSettings(spec=spec("api"), options=None), *platforms),
        requests=requests or DispatchSettings(usual=spec_ or DispatchSpec()),
    )
    async with plugin_stage(
        *(plugin(one) for one in names),
        installed=names,
        settings=settings,
        letters=journal,
    ) as made:
        yield Sender(made, journal)
