"""What the journal has not got yet: the newest of each thing, and all that is added.

Bounded: of a journal that cannot be written for long the oldest events are lost, and
that is said; a breaker, a pause, an agent has one record, however often it changed.
"""

from collections import deque
from collections.abc import Hashable, Sequence

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.ids import AgentId, PlatformName
from conductor_tui.ports import (
    Forgotten,
    KeptBreaker,
    KeptPause,
    KeptPlugin,
    KeptVisit,
    StateRecord,
)

MOST_ADDED = 20_000
AT_ONCE = 2_000  # records in one write: it takes some 30 ms


class Unkept:
    """`lost` counts what found no room."""

    def __init__(self) -> None:
        self._newest: dict[Hashable, StateRecord] = {}
        self._added: deque[StateRecord] = deque()
        self.lost = 0

    def __len__(self) -> int:
        return len(self._newest) + len(self._added)

    def put(self, record: StateRecord) -> None:
        match record:
            case KeptBreaker(platform=platform):
                self._put((KeptBreaker, platform), record)
            case KeptPause(platform=platform):
                self._put((KeptPause, platform), record)
            case KeptPlugin(plugin=plugin):
                self._put((KeptPlugin, plugin), record)
            case KeptVisit(by=by):
                self._put((KeptVisit, by), record)
            case AgentView(agent=agent):
                self._put((AgentView, agent), record)
            case Forgotten(platform=platform, agent=agent):
                self._drop(platform, agent)
                self._put((Forgotten, platform, agent), record)
            case _:
                self._add(record)

    def some(self) -> list[StateRecord]:
        """Return what is to be written next, at most AT_ONCE; it stays until `kept`."""
        newest = list(self._newest.values())[:AT_ONCE]
        room = AT_ONCE - len(newest)
        return newest + [one for one, _ in zip(self._added, range(room), strict=False)]

    def kept(self, records: Sequence[StateRecord]) -> None:
        """Forget these, but what has changed meanwhile."""
        written = {id(one) for one in records}
        for key, record in list(self._newest.items()):
            if id(record) in written:
                del self._newest[key]
        while self._added and id(self._added[0]) in written:
            self._added.popleft()
        self.lost = 0

    def _put(self, key: Hashable, record: StateRecord) -> None:
        self._newest.pop(key, None)  # what changed last is written last
        self._newest[key] = record

    def _drop(self, platform: PlatformName | None, agent: AgentId | None) -> None:
        for key in (
            (KeptBreaker, platform),
            (KeptPause, platform),
            (AgentView, agent),
        ):
            self._newest.pop(key, None)

    def _add(self, record: StateRecord) -> None:
        if len(self._added) >= MOST_ADDED:
            self._added.popleft()
            self.lost += 1
        self._added.append(record)
