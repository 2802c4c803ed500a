"""Which plug-in waits for which: begun after what it requires, ended before it."""

import asyncio
from collections.abc import Collection, Mapping

from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import PluginState


class Order:
    """Knows who is ACTIVE and who requires whom. `state_of` None: there is none."""

    def __init__(self) -> None:
        self._states: dict[PluginName, PluginState] = {}
        self._requires: dict[PluginName, Collection[PluginName]] = {}
        self._moved = asyncio.Event()
        self.is_closing = False

    def put(self, name: PluginName, state: PluginState) -> None:
        self._states[name] = state
        self._tell()

    def forget(self, name: PluginName) -> None:
        self._states.pop(name, None)
        self._requires.pop(name, None)
        self._tell()

    def requires(self, name: PluginName, others: Collection[PluginName]) -> None:
        """Note what a plug-in requires, from its loading to its end."""
        self._requires[name] = others
        self._tell()

    def ended(self, name: PluginName) -> None:
        """Note that nothing of it runs any more."""
        self._requires.pop(name, None)
        self._tell()

    def lacking(self, name: PluginName) -> list[PluginName]:
        """Return what it requires and is not ACTIVE."""
        return [
            one
            for one in self._requires.get(name, ())
            if self._states.get(one) is not PluginState.ACTIVE
        ]

    def lacks(self, name: PluginName) -> str:
        """Return what it waits for, in words: "db, which is FAILED"."""
        return " and ".join(
            f"{one}, which is {self._states.get(one) or 'not there'}"
            for one in self.lacking(name)
        )

    def circle(self, name: PluginName) -> list[PluginName]:
        """Return the way from a plug-in to itself; empty where there is none."""
        return _way(self._requires, name, name, frozenset())

    def dependents(self, name: PluginName) -> list[PluginName]:
        """Return who runs and requires it."""
        return [one for one, others in self._requires.items() if name in others]

    async def ready(self, name: PluginName) -> None:
        """Wait until all that it requires is ACTIVE."""
        while self.lacking(name) and not self.circle(name):
            await self.moved()

    async def alone(self, name: PluginName) -> None:
        """While all end: wait until nobody runs that requires it."""
        while self.is_closing and self.dependents(name):
            await self.moved()

    async def moved(self) -> None:
        """Wait until anything of this changes."""
        await self._moved.wait()

    def _tell(self) -> None:
        before, self._moved = self._moved, asyncio.Event()
        before.set()


def _way(
    requires: Mapping[PluginName, Collection[PluginName]],
    start: PluginName,
    end: PluginName,
    passed: frozenset[PluginName],
) -> list[PluginName]:
    for one in requires.get(start, ()):
        if one == end:
            return [start, end]
        if one in passed:
            continue
        way = _way(requires, one, end, passed | {one})
        if way:
            return [start, *way]
    return []
