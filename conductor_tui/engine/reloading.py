"""Reads the settings anew: when the file has changed, and when somebody asks.

A change is seen twice, a second apart, before it is read: an editor may still be
writing. What cannot be used changes nothing and is told once, until it is otherwise.
"""

import asyncio
from collections.abc import Callable

from conductor_tui.domain.commands import ReloadSettings
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.events import SettingsLoaded, SettingsRefused
from conductor_tui.domain.secret import without_secrets
from conductor_tui.domain.text import one_line
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.in_force import InForce
from conductor_tui.engine.refusal import Refused
from conductor_tui.ports import Clock, SettingsSource

LOOK_INTERVAL_S = 1.0
KEPT_PROBLEMS = 20
_NAMED = 3  # platforms in one sentence

Answer = Callable[[ReloadSettings, bool, str], None]


class Reloading:
    """Follows `source`; None: these settings come from no file, and stay."""

    def __init__(
        self, source: SettingsSource | None, in_force: InForce, hub: Hub, clock: Clock
    ) -> None:
        self._source, self._in_force = source, in_force
        self._hub, self._clock = hub, clock
        self._asked: tuple[ReloadSettings, Answer] | None = None
        self._awake = asyncio.Event()

    def ask(self, command: ReloadSettings, answer: Answer) -> None:
        """Read at once; `answer` is called when it is done. One at a time."""
        if self._source is None:
            raise Refused("there is no settings file to read: this run has none")
        if self._asked is not None:
            raise Refused("the settings are being read already")
        self._asked = (command, answer)
        self._awake.set()

    async def run(self) -> None:
        """Watch what the settings say, from the first ones on, for ever."""
        await self._in_force.begin()
        if self._source is None:
            return
        try:
            await self._follow(self._source)
        finally:
            if self._asked is not None:
                command, answer = self._asked
                answer(command, False, "this conductor is stopping: nothing changes")

    async def _follow(self, source: SettingsSource) -> None:
        is_changed = False
        while True:
            await self._wait()
            if self._asked is not None:
                await self._answer(source, *self._asked)
                self._asked, is_changed = None, False
                continue
            was_changed, is_changed = is_changed, await self._look(source)
            if was_changed and is_changed:
                await self._read(source)
                is_changed = False

    async def _wait(self) -> None:
        try:
            async with self._clock.timeout(LOOK_INTERVAL_S):
                await self._awake.wait()
        except TimeoutError:
            return
        finally:
            self._awake.clear()

    async def _look(self, source: SettingsSource) -> bool:
        try:
            return await asyncio.to_thread(source.has_changed)
        except OSError:  # it cannot be looked at just now: the next look tells
            return False

    async def _answer(
        self, source: SettingsSource, command: ReloadSettings, answer: Answer
    ) -> None:
        done = await self._read(source, command)
        if isinstance(done, SettingsLoaded):
            answer(command, True, _words(done))
            return
        more = len(done.problems) - 1
        words = done.problems[0] + (f" (and {more} more)" if more > 0 else "")
        answer(command, False, f"nothing changes: {words}")

    async def _read(
        self, source: SettingsSource, command: ReloadSettings | None = None
    ) -> SettingsLoaded | SettingsRefused:
        """Load and put in force, or refuse, and tell either."""
        try:
            settings = await asyncio.to_thread(source.load)
        except SettingsError as error:
            return self._refuse(error.problems)
        except Exception as error:  # a fault of ours must not end the watching
            words = f"the settings cannot be read: {type(error).__name__}"
            return self._refuse([words])  # its text may quote what nobody may see
        try:
            return await self._in_force.put(settings, command.id if command else None)
        except Exception as error:  # probes are opened here, and those are foreign
            words = f"they cannot be put in force: {type(error).__name__}: {error}"
            secrets = [
                one for platform in settings.platforms for one in platform.secrets
            ]
            return self._refuse([without_secrets(words, secrets)])

    def _refuse(self, problems: "tuple[str, ...] | list[str]") -> SettingsRefused:
        kept = [one_line(problem, 400) for problem in problems[:KEPT_PROBLEMS]]
        if len(problems) > KEPT_PROBLEMS:
            kept.append(f"... and {len(problems) - KEPT_PROBLEMS} more")
        refused = SettingsRefused(
            source=self._in_force.settings.source, problems=tuple(kept)
        )
        if refused.problems != self._hub.snapshot.settings.problems:
            self._hub.publish(refused)
        return refused


def _words(loaded: SettingsLoaded) -> str:
    parts = [
        f"{len(names)} {verb} ({_some(names)})"
        for verb, names in (
            ("added", loaded.added),
            ("removed", loaded.removed),
            ("changed", loaded.changed),
        )
        if names
    ]
    parts += [f"{name} changed" for name in loaded.others]
    if not parts:
        return f"{loaded.source}: nothing has changed"
    return f"{loaded.source}: {', '.join(parts)}"


def _some(names: "tuple[str, ...]") -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
