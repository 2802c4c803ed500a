"""Which agents stand in which order: but never anew under a person's fingers.

The engine says how an agent is, so no order depends on the moment of looking: an
unchanged roster is never sorted twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.roster import Roster
from conductor_tui.tui.present.agents_filter import EVERY_AGENT, AgentFilter
from conductor_tui.tui.present.order import CALM_AFTER_KEY

Agents: TypeAlias = Roster[AgentId, AgentView]
_NEVER = float("inf")
_RANKS = {
    Health.FAILED: 0,
    Health.CRITICAL: 1,
    Health.DEGRADED: 2,
    Health.UNKNOWN: 3,
    Health.HEALTHY: 4,
}
_STOPPED = 5


class AgentSort(StrEnum):
    """By what the agents are sorted, in the order of the keys `<` and `>`."""

    NEED = "need"
    NAME = "name"
    GROUP = "group"
    BEAT = "last beat"
    WORSE = "worse next"
    CHANGE = "last change"

    def step(self, by: int) -> "AgentSort":
        every = list(AgentSort)
        return every[(every.index(self) + by) % len(every)]


@dataclass(frozen=True, slots=True)
class AgentTaste:
    """What a person wants to see, and in which order."""

    sort: AgentSort = AgentSort.NEED
    inverse: bool = False
    filter: AgentFilter = EVERY_AGENT


PLAIN_AGENTS = AgentTaste()


def arrange(agents: Agents, taste: AgentTaste) -> tuple[AgentId, ...]:
    """Return the names of what the filter accepts, sorted; equals as they came."""
    views = list(agents.in_order())
    if taste.filter.terms:
        views = [view for view in views if taste.filter.accepts(view)]
    views.sort(key=_rank)
    if taste.sort is not AgentSort.NEED:
        views.sort(key=_KEYS[taste.sort])
    names = tuple([view.spec.agent for view in views])
    return names[::-1] if taste.inverse else names


def _rank(view: AgentView) -> int:
    if view.is_stopped and view.health is Health.UNKNOWN:
        return _STOPPED
    return _RANKS[view.health]


def _stamp(at: datetime | None) -> float:
    return _NEVER if at is None else at.timestamp()


_KEYS: Mapping[AgentSort, Callable[[AgentView], tuple[object, ...]]] = {
    AgentSort.NAME: lambda view: (view.agent.casefold(),),
    AgentSort.GROUP: lambda view: (not view.spec.group, view.spec.group.casefold()),
    AgentSort.BEAT: lambda view: (_stamp(view.heard_at),),
    AgentSort.WORSE: lambda view: (_stamp(view.due_at),),
    AgentSort.CHANGE: lambda view: (-_stamp(view.since) if view.since else _NEVER,),
}


class AgentOrder:
    """The order on one screen. It holds still for CALM_AFTER_KEY after a touch, so that
    the row a person aims at does not move; another taste counts at once.
    """

    def __init__(self) -> None:
        self.names: tuple[AgentId, ...] = ()
        self.is_touched = False  # ever
        self._taste = PLAIN_AGENTS
        self._of: Agents | None = None
        self._is_old = False  # what stands there is an order that was kept
        self._touched = False
        self._calm_until: datetime | None = None

    def touch(self) -> None:
        """A key was pressed, or the mouse."""
        self._touched = self.is_touched = True

    def update(
        self, agents: Agents, now: datetime, taste: AgentTaste, *, frozen: bool = False
    ) -> tuple[AgentId, ...]:
        """Return the names in order. `frozen`: a dialog is open."""
        keeps = taste == self._taste and self._keeps(now, frozen=frozen)
        if agents is self._of and taste == self._taste and (keeps or not self._is_old):
            return self.names
        if keeps and self._of is not None:
            names = self._kept(agents, self._of, taste)
        else:
            names = arrange(agents, taste)
        self._of, self._taste, self._is_old = agents, taste, keeps
        if names != self.names:  # equal orders stay the same object: a cheap cache key
            self.names = names
        return self.names

    def _keeps(self, now: datetime, *, frozen: bool) -> bool:
        if self._touched:
            self._touched, self._calm_until = False, now + CALM_AFTER_KEY
        left = self._calm_until - now if self._calm_until else timedelta(0)
        calm = timedelta(0) < left <= CALM_AFTER_KEY  # more: the clock was set back
        return bool(self.names) and (frozen or calm)

    def _kept(
        self, agents: Agents, before: Agents, taste: AgentTaste
    ) -> tuple[AgentId, ...]:
        """The order as it was; what is new is shown where the filter accepts it."""
        fresh = [
            name
            for name in agents
            if name not in before and taste.filter.accepts(agents[name])
        ]
        return (*[name for name in self.names if name in agents], *fresh)
