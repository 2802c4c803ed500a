"""What a moment of the past was like: the nearest state that is kept, and what happened
from there on.

A new conductor says of each platform and agent anew that it is there: what it does not
name was not watched any more. From the moment that the one before it was last alive
nobody knows anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.events import (
    AgentAdded,
    ConductorStarted,
    Envelope,
    PlatformAdded,
)
from conductor_tui.domain.fold import apply
from conductor_tui.domain.health import Health, HealthRun
from conductor_tui.domain.ids import AgentId, PlatformName
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import PlatformView, Snapshot


@dataclass(frozen=True, slots=True)
class Start:
    """A conductor began at `at`; the one before it was last alive at `before`."""

    at: datetime
    before: datetime | None


@dataclass(slots=True)
class Folding:
    """Folds events over several conductors."""

    snapshot: Snapshot
    _platforms: set[PlatformName] | None = None
    _agents: set[AgentId] | None = None
    _added: set[object] = field(default_factory=set)

    def fold(self, envelopes: Iterable[Envelope]) -> Snapshot:
        for envelope in envelopes:
            self._step(envelope)
        return self._without_left_out()

    def _step(self, envelope: Envelope) -> None:
        match envelope.event:
            case ConductorStarted():
                self.snapshot = nothing_known(self._without_left_out(), envelope.at)
                self._platforms, self._agents = set(), set()
            case PlatformAdded(spec=spec) if self._platforms is not None:
                self._platforms.add(spec.platform)
            case AgentAdded(spec=agent) if self._agents is not None:
                self._agents.add(agent.agent)
            case _:
                pass
        self.snapshot = apply(self.snapshot, envelope)

    def _without_left_out(self) -> Snapshot:
        """Leave out what the newest conductor did not name. At its very first moments
        it has named nothing: then all is shown, as unknown.
        """
        before = self.snapshot
        platforms, agents = before.platforms, before.agents
        if self._platforms:
            named = self._platforms
            platforms = Roster({k: v for k, v in platforms.items() if k in named})
        if self._agents:
            heard = self._agents
            agents = Roster({k: v for k, v in agents.items() if k in heard})
        return replace(before, platforms=platforms, agents=agents)


def without_beats(snapshot: Snapshot, kept: datetime | None) -> Snapshot:
    """Return it without what is only known of the moment when the state was kept: no
    journal has the beats since then. Who was silent already had none.
    """
    return replace(
        snapshot,
        agents=Roster(
            {name: _beating(view, kept) for name, view in snapshot.agents.items()}
        ),
    )


def _beating(view: AgentView, kept: datetime | None) -> AgentView:
    was_silent = kept and view.since and view.since <= kept
    if view.is_stopped or (was_silent and view.health.severity > 0):
        return replace(view, due_at=None)
    return replace(view, last=None, last_at=None, heard_at=None, due_at=None, runs=())


def nothing_known(snapshot: Snapshot, since: datetime) -> Snapshot:
    """Return it as it is while no conductor runs: breakers and pauses stay."""
    return replace(
        snapshot,
        platforms=Roster(
            {name: _unknown(view, since) for name, view in snapshot.platforms.items()}
        ),
        agents=Roster(
            {
                name: replace(view, health=Health.UNKNOWN, why="", due_at=None)
                for name, view in snapshot.agents.items()
            }
        ),
    )


def _unknown(view: PlatformView, since: datetime) -> PlatformView:
    return replace(
        view, run=HealthRun(), since=since, last=None, word=None, next_at=None
    )
