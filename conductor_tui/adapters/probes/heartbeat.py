"""The heartbeat probe: a platform that is as well as its own agent says. It sends
nothing; what the agent said, or did not say in time, is all there is to look at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from conductor_tui.domain.agent import AgentView, agent_name_problem
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId
from conductor_tui.ports import Probe

ViewOf: TypeAlias = Callable[[AgentId], AgentView | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is the name of an agent."""

    target: str

    def __post_init__(self) -> None:
        problem = agent_name_problem(self.target)
        if problem:
            raise ValueError(
                f"heartbeat target {self.target!r} must be the name of an agent: "
                f"{problem}"
            )


class HeartbeatProbe:
    """Looks at one agent. Satisfies ports.Probe. Without `view_of` nobody listens."""

    def __init__(self, options: Options, view_of: ViewOf | None) -> None:
        self._agent, self._view_of = AgentId(options.target), view_of

    async def __call__(self) -> Finding:
        if self._view_of is None:
            words = f"nobody listens for heartbeats here: {self._agent} is not known"
            return Finding(Outcome.INCONCLUSIVE, words)
        view = self._view_of(self._agent)
        if view is None:
            words = f"agent {self._agent} has not come yet"
            return Finding(Outcome.INCONCLUSIVE, words)
        said = f"{self._agent} is {view.health}" + (f": {view.why}" if view.why else "")
        match view.health:
            case Health.HEALTHY:
                return Finding(Outcome.PASSED, said)
            case Health.DEGRADED | Health.CRITICAL:
                return Finding(Outcome.PASSED, said, warns=True)
            case Health.FAILED:
                return Finding(Outcome.FAILED, said)
            case Health.UNKNOWN:
                return Finding(Outcome.INCONCLUSIVE, said)

    def close(self) -> None:
        """There is nothing to let go of."""


def open_probe(options: Options, view_of: ViewOf | None = None) -> Probe:
    return HeartbeatProbe(options, view_of)


def shown_target(options: Options) -> str:
    return options.target
