"""A state journal in memory, that fails and hangs when the test says so. Satisfies
ports.StateJournal; test_state_journals.py holds it to what the real one does.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import AgentAdded, Envelope, PlatformAdded
from conductor_tui.domain.ids import AgentId, PlatformName, PluginName, Seq
from conductor_tui.domain.pause import Pause
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.ports import (
    Clock,
    Forgotten,
    HostTally,
    KeptBreaker,
    KeptCommand,
    KeptPause,
    KeptPlugin,
    KeptState,
    KeptVisit,
    StateRecord,
    Tally,
)


class MemoryState:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.failure: JournalFailed | None = None
        self.gate = asyncio.Event()  # cleared: every write hangs
        self.gate.set()
        self.breakers: dict[PlatformName, KeptBreaker] = {}
        self.pauses: dict[PlatformName, Pause] = {}
        self.plugins: dict[PluginName, bool] = {}
        self.agents: dict[AgentId, AgentView] = {}
        self.visits: dict[str, datetime] = {}
        self.commands: list[KeptCommand] = []
        self.events: list[Envelope] = []
        self.checkpoints: list[Snapshot] = []
        self.tallies: list[Tally | HostTally] = []
        self.alive_at: datetime | None = None
        self.writes = 0

    async def open(self) -> KeptState:
        if self.failure is not None:
            raise self.failure
        return KeptState(
            breakers=dict(self.breakers),
            pauses=dict(self.pauses),
            plugins=dict(self.plugins),
            agents=tuple(self.agents.values()),
            visits=dict(self.visits),
            alive_at=self.alive_at,
            last=Seq(len(self.events)),
        )

    async def history(self) -> tuple[Envelope, ...]:
        return tuple(
            replace(one, seq=Seq(number))
            for number, one in enumerate(self.events, 1)
            if not isinstance(one.event, PlatformAdded | AgentAdded)
        )

    async def keep(self, records: Sequence[StateRecord]) -> None:
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.writes += 1
        for record in records:
            self._put(record)
        self.alive_at = self._clock.now()

    async def close(self) -> None: ...

    def _put(self, record: StateRecord) -> None:
        match record:
            case KeptBreaker(platform=platform):
                self.breakers[platform] = record
            case KeptPause(platform=platform, pause=pause):
                self.pauses.pop(platform, None)
                if pause is not None:
                    self.pauses[platform] = pause
            case KeptPlugin(plugin=plugin, is_enabled=is_enabled):
                self.plugins.pop(plugin, None)
                if is_enabled is not None:
                    self.plugins[plugin] = is_enabled
            case KeptVisit(by=by, left_at=left_at):
                self.visits[by] = left_at
            case AgentView(agent=agent):
                self.agents[agent] = record
            case Forgotten(platform=platform, agent=agent_gone):
                if platform is not None:
                    self.breakers.pop(platform, None)
                    self.pauses.pop(platform, None)
                if agent_gone is not None:
                    self.agents.pop(agent_gone, None)
            case KeptCommand():
                self.commands.append(record)
            case Envelope():
                self.events.append(record)
            case Snapshot():
                self.checkpoints.append(record)
            case Tally() | HostTally():
                self.tallies.append(record)
