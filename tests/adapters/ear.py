"""An ear that takes everything, and writes down what it heard."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from conductor_tui.domain.agent import AgentSpec, AgentView
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import AgentSettings
from conductor_tui.ports import Heard, Hearing


@dataclass
class FakeEar:
    """Satisfies ports.Ear. `news` is set by everything that comes."""

    agents: Mapping[AgentId, AgentSettings] = field(default_factory=dict)
    ping_key: Secret | None = None
    beats: list[Beat] = field(default_factory=list)
    turned_away: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, beat: Beat) -> Hearing:
        self.beats.append(beat)
        self.news.set()
        return Hearing(Heard.TAKEN)

    def turn_away(self, why: str) -> None:
        self.turned_away.append(why)
        self.news.set()

    def expect(self, spec: AgentSpec) -> Hearing:
        raise AssertionError(f"nobody asked for {spec}")

    def forget(self, agent: AgentId, why: str) -> Hearing:
        raise AssertionError(f"nobody asked to forget {agent}")

    def view(self, agent: AgentId) -> AgentView | None:
        return None

    async def heard(self, count: int) -> list[Beat]:
        """Wait until `count` beats have come, or turned away."""
        while len(self.beats) + len(self.turned_away) < count:
            self.news.clear()
            await self.news.wait()
        return self.beats
