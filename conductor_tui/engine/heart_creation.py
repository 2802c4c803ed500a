"""Which agents may come by themselves, and how many have."""

import re
from dataclasses import replace

from conductor_tui.domain.agent import AgentSpec, agent_name_problem
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.settings import CreateSettings
from conductor_tui.domain.text import one_line, visible


class Creation:
    """Goes by [agents]. `count` of those who came by themselves are here now."""

    def __init__(self) -> None:
        self._settings = CreateSettings()
        self._names: re.Pattern[str] | None = None
        self.count = 0

    def keep_to(self, settings: CreateSettings) -> None:
        self._settings = settings
        self._names = re.compile(settings.names) if settings.names else None

    def lets_in(self, agent: AgentId) -> bool:
        """True when one of that name may come by itself; there may be no room."""
        if self._names is None or agent_name_problem(agent):
            return False
        return self._names.fullmatch(agent) is not None

    def problem(self, agent: AgentId) -> str:
        """Say why one of that name cannot be added; "" when it can."""
        problem = agent_name_problem(agent)
        if problem:
            return f"{visible(agent, 64)!r} cannot be an agent's name: {problem}"
        if not self.lets_in(agent):
            return f"no agent is called {agent!r}, and [agents] names lets none come"
        limit = self._settings.limit
        if self.count >= limit:
            return f"no room for {agent!r}: {limit} agents came by themselves already"
        return ""

    def usual(self, agent: AgentId, via: str) -> AgentSpec:
        """Return how one of that name begins."""
        origin = f"its first beat, {one_line(via, 64)}" if via else "its first beat"
        return self.admitted(replace(self._settings.usual, agent=agent, origin=origin))

    def admitted(self, spec: AgentSpec) -> AgentSpec:
        """Return the agent as one that came by itself, forgotten when silent."""
        expires_s = spec.expires_s or self._settings.expires_s
        return replace(spec, is_created=True, expires_s=expires_s)
