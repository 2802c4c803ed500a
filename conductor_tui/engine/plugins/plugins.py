"""All plug-ins of a conductor. Satisfies ports.Plugins.

What changes which of them run (settings, commands) is done in `run`, one thing after
the other; what a plug-in does meanwhile is its Life's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.commands import (
    DisablePlugin,
    EnablePlugin,
    PluginCommand,
    ReloadPlugin,
)
from conductor_tui.domain.ids import CommandId, PluginName
from conductor_tui.domain.plugin import (
    PluginSettings,
    PluginState,
)
from conductor_tui.domain.plugin_calls import PluginError, Reply, Request
from conductor_tui.domain.plugin_events import (
    PluginAdded,
    PluginChanged,
    PluginRemoved,
)
from conductor_tui.domain.text import one_line
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.plugins.candidates import Candidate, candidates
from conductor_tui.engine.plugins.life import Life
from conductor_tui.engine.plugins.order import Order
from conductor_tui.engine.plugins.telling import Telling
from conductor_tui.engine.refusal import Refused
from conductor_tui.ports import (
    Clock,
    KeptPlugin,
    PluginHost,
    PluginRegistry,
    StateRecord,
)

Answer = Callable[[PluginCommand, bool, str], None]
MOST_ORDERS = 100  # that wait, of people who press keys
LATER_S = 1.0  # a look takes what the first picture needs: without settings it waits


@dataclass(frozen=True, slots=True)
class _Running:
    life: Life
    task: "asyncio.Task[None]"


class Plugins:
    """`moved` is called whenever one comes into another state, `followed` once what is
    enabled may be another set. Without a host and a registry there are none.
    """

    def __init__(
        self,
        registry: PluginRegistry | None,
        host: PluginHost | None,
        hub: Hub,
        clock: Clock,
        keep: Callable[[StateRecord], object],
    ) -> None:
        self._registry, self._host = registry, host
        self._hub, self._clock, self._keep = hub, clock, keep
        self._order = Order()
        self._telling = Telling(hub, clock, self._lives)
        self._settings: Sequence[PluginSettings] = ()
        self._folder: str | None = None
        self._words: dict[PluginName, bool] = {}
        self._known: dict[PluginName, Candidate] = {}
        self._running: dict[PluginName, _Running] = {}
        self._leaving: dict[PluginName, asyncio.Task[None]] = {}
        self._orders: asyncio.Queue[tuple[PluginCommand, Answer] | None]
        self._orders = asyncio.Queue(MOST_ORDERS)  # of people, and of other settings
        self._group: asyncio.TaskGroup | None = None
        self._has_looked = asyncio.Event()
        self.first_look_s = LATER_S
        self.followed: Callable[[], Awaitable[None]] = _nothing
        self.moved: Callable[[PluginName, PluginState, CommandId | None], object]
        self.moved = lambda name, state, command: None

    # What is wanted

    def restore(self, words: Mapping[PluginName, bool]) -> None:
        """Go by what people said to a conductor before this one."""
        self._words = dict(words)

    def keep_to(self, settings: Sequence[PluginSettings], folder: str | None) -> None:
        """Go by these from now on; those that run and stay the same are not touched."""
        self._settings, self._folder = settings, folder
        if not self._orders.full():  # each order looks at the settings anew
            self._orders.put_nowait(None)

    def carry_out(self, command: PluginCommand, answer: Answer) -> None:
        """Carry a command out in a moment; `answer` is called then. Raises Refused."""
        if self._orders.full():
            raise Refused(f"{MOST_ORDERS} commands wait already: ask again later")
        self._orders.put_nowait((command, answer))

    @property
    def enabled(self) -> tuple[PluginName, ...]:
        """Return those that are wanted to run, in their order."""
        return tuple(name for name, one in self._known.items() if one.is_wanted)

    def was_stopped(self, name: PluginName) -> bool:
        """True while a person's word stands that it is not to run."""
        return name in self._known and self._words.get(name) is False

    # ports.Plugins

    async def check(self, plugin: PluginName) -> Finding:
        running = self._running.get(plugin)
        if running is None:
            return self._at_rest(plugin)
        life = running.life
        if life.state is PluginState.ACTIVE and life.worker is not None:
            return await life.worker.check()
        if life.state is PluginState.FAILED:
            return Finding(Outcome.FAILED, one_line(f"plug-in FAILED: {life.why}"))
        if life.restarts:
            return Finding(Outcome.FAILED, one_line(f"plug-in begins anew: {life.why}"))
        return Finding(Outcome.INCONCLUSIVE, one_line(f"plug-in LOADING {life.why}"))

    async def ask(self, plugin: PluginName, request: Request) -> Reply:
        running = self._running.get(plugin)
        if running is None or running.life.state is not PluginState.ACTIVE:
            finding = await self.check(plugin)
            raise PluginError(finding.detail)
        worker = running.life.worker
        if worker is None:
            raise PluginError("the plug-in is not there")
        return await worker.ask(request)

    # Its own life

    async def settled(self) -> None:
        """Wait until no plug-in is beginning: each is ACTIVE, FAILED or at rest."""
        await self._has_looked.wait()
        while any(one.state is PluginState.LOADING for one in self._lives()):
            await self._order.moved()

    async def run(self) -> None:
        """Carry out what is asked for, for ever; then end every plug-in, those that
        others require last.
        """
        if self._registry is None or self._host is None:
            self._has_looked.set()
            await self._refuse_all()
            return
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._telling.run(), name="plug-ins: telling")
                try:
                    await self._obey()
                finally:
                    self._order.is_closing = True
        finally:
            self._group = None
            while not self._orders.empty():
                self._turn_away(self._orders.get_nowait())
            await self._host.close()

    def _turn_away(self, order: tuple[PluginCommand, Answer] | None) -> None:
        if order is not None:
            command, answer = order
            answer(command, False, "this conductor is stopping")

    async def _obey(self) -> None:
        while True:
            order = await self._orders.get()
            if order is None:
                await self._follow()
            else:
                await self._carry_out(*order)
            await self.followed()

    async def _refuse_all(self) -> None:
        while True:
            order = await self._orders.get()
            if order is not None:
                order[1](order[0], False, "this conductor runs no plug-ins")

    async def _carry_out(self, command: PluginCommand, answer: Answer) -> None:
        try:
            await self._follow()  # it may have been installed a moment ago
            words, granted = self._done(command), True
        except Refused as refusal:
            words, granted = str(refusal), False
        except asyncio.CancelledError:
            self._turn_away((command, answer))
            raise
        answer(command, granted, words)

    def _done(self, command: PluginCommand) -> str:
        candidate = self._known.get(command.plugin)
        if candidate is None:
            raise Refused(f"no plug-in is called {command.plugin!r}")
        match command:
            case EnablePlugin():
                return self._enable(candidate, command)
            case DisablePlugin():
                return self._disable(candidate, command)
            case ReloadPlugin():
                return self._reload(candidate, command)

    def _enable(self, candidate: Candidate, command: PluginCommand) -> str:
        name, running = candidate.name, self._running.get(candidate.name)
        if running is not None and running.life.state is not PluginState.FAILED:
            raise Refused(f"it is {running.life.state} already")
        self._wish(candidate, True)
        self._begin(self._known[name], f"enabled by {command.by}", command.id)
        return "enabled: it begins now"

    def _disable(self, candidate: Candidate, command: PluginCommand) -> str:
        name = candidate.name
        if name not in self._running and self._words.get(name) is False:
            raise Refused("it is DISABLED already")
        needed = self._order.dependents(name)
        if needed:
            who = ", ".join(needed)
            raise Refused(f"{who} requires it: disable that first")
        self._wish(candidate, False)
        self._end(name)
        self._tell_rest(name, PluginState.DISABLED, f"by {command.by}", command.id)
        return "disabled: it stays so until somebody enables it"

    def _reload(self, candidate: Candidate, command: PluginCommand) -> str:
        if not candidate.is_wanted:
            raise Refused("it does not run: enable it")
        self._end(candidate.name)
        self._begin(candidate, f"reloaded by {command.by}", command.id)
        return "it ends and begins anew"

    def _wish(self, candidate: Candidate, is_wanted: bool) -> None:
        name = candidate.name
        is_as_filed = candidate.is_in_file and candidate.settings.enabled is is_wanted
        word = None if is_as_filed else is_wanted
        self._keep(KeptPlugin(plugin=name, is_enabled=word))
        self._words[name] = is_wanted
        self._known[name] = replace(candidate, is_wanted=is_wanted)

    async def _follow(self) -> None:
        """See what there is, and let begin and end what the settings say."""
        assert self._registry is not None
        if not self._settings and not self._has_looked.is_set():
            await self._clock.sleep(self.first_look_s)
        sources = await asyncio.to_thread(self._registry.look, self._folder)
        after = candidates(sources, self._settings, self._words)
        before, self._known = self._known, after
        for name in [one for one in before if one not in after]:
            self._forget(name, "it is neither installed nor in the settings any more")
        for name, candidate in after.items():
            self._take(candidate, before.get(name))
        self._has_looked.set()

    def _take(self, candidate: Candidate, before: Candidate | None) -> None:
        name = candidate.name
        if before is None or before.spec != candidate.spec:
            state, why = candidate.at_rest
            if candidate.is_wanted:
                state, why = PluginState.LOADING, ""
            if self._words.get(name) is False:
                state, why = PluginState.DISABLED, "by a person, before a restart"
            self._hub.publish(PluginAdded(spec=candidate.spec, state=state, why=why))
            self._order.put(name, state)
        if candidate.is_wanted:
            if before is None or not before.is_wanted:
                self._begin(candidate, "", None)
            elif not before.runs_like(candidate):
                self._end(name)
                self._begin(candidate, "its settings or its code changed", None)
        elif before is not None and before.is_wanted:
            self._end(name)
            self._tell_rest(name, *candidate.at_rest, None)

    def _forget(self, name: PluginName, why: str) -> None:
        self._end(name)
        self._order.forget(name)
        self._telling.forget(name)
        self._hub.publish(PluginRemoved(plugin=name, why=why))
        self.moved(name, PluginState.DISABLED, None)

    # Lives

    def _lives(self) -> list[Life]:
        return [one.life for one in self._running.values()]

    def _begin(self, candidate: Candidate, why: str, command: CommandId | None) -> None:
        assert self._group is not None
        assert self._host is not None
        name = candidate.name
        self._end(name)
        life = Life(candidate, self._host, self._order, self._clock, self._tell)
        task = self._group.create_task(
            self._live(life, self._leaving.get(name), why, command),
            name=f"plug-in {name}",
        )
        self._running[name] = _Running(life, task)

    async def _live(
        self,
        life: Life,
        former: "asyncio.Task[None] | None",
        why: str,
        command: CommandId | None,
    ) -> None:
        try:
            if former is not None:
                await asyncio.wait([former])
            await life.run(why, command)
        finally:
            if former is not None:  # we may have been told to end while it was ending
                await asyncio.wait([former])
            self._telling.tell(life)

    def _end(self, name: PluginName) -> None:
        """Let a plug-in go: it has its time to shut down."""
        running = self._running.pop(name, None)
        if running is None or running.task.done():
            return
        task = running.task
        self._leaving[name] = task
        task.add_done_callback(lambda done: self._left(name, done))
        task.cancel()

    def _left(self, name: PluginName, task: "asyncio.Task[None]") -> None:
        if self._leaving.get(name) is task:
            del self._leaving[name]

    def _tell(self, changed: PluginChanged) -> None:
        self._hub.publish(changed)
        self.moved(changed.plugin, changed.now, changed.command)

    def _tell_rest(
        self, name: PluginName, state: PluginState, why: str, command: CommandId | None
    ) -> None:
        view = self._hub.snapshot.plugins.get(name)
        was = view.state if view else PluginState.DISCOVERED
        self._order.put(name, state)
        self._tell(
            PluginChanged(plugin=name, was=was, now=state, why=why, command=command)
        )

    def _at_rest(self, name: PluginName) -> Finding:
        if not self._has_looked.is_set():
            return Finding(Outcome.INCONCLUSIVE, "plug-ins are being looked for")
        if name in self._known:
            words = f"plug-in {name} is not enabled"
            return Finding(Outcome.INCONCLUSIVE, words)
        words = f"no plug-in is called {name!r}: install it, or mend the target"
        return Finding(Outcome.FAILED, words)


async def _nothing() -> None: ...
