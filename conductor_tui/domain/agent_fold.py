"""How an event about agents changes what is known of them: their part of the fold."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

from conductor_tui.domain.agent import KEPT_BEATS, AgentView
from conductor_tui.domain.events import (
    AgentAdded,
    AgentBeats,
    AgentChanged,
    AgentHealthChanged,
    AgentRemoved,
    BeatsHeard,
)
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.roster import Roster

Agents: TypeAlias = Roster[AgentId, AgentView]
AgentEvent: TypeAlias = (
    AgentAdded | AgentChanged | AgentRemoved | BeatsHeard | AgentHealthChanged
)
_KINDS = {kind: index for index, kind in enumerate(BeatKind)}
NO_DURATION = -1.0


def apply_agents(agents: Agents, event: AgentEvent, at: datetime) -> Agents:
    """Return the agents after `event`, which was told `at`."""
    match event:
        case BeatsHeard(agents=heard):
            for one in heard:
                view = agents.get(one.agent)
                if view is not None:  # else forgotten meanwhile
                    agents = agents.put(one.agent, _with_beats(view, one))
            return agents
        case AgentHealthChanged(agent=agent, now=now, why=why, due_at=due_at):
            view = agents.get(agent)
            if view is None:
                return agents
            after = replace(view, health=now, since=at, why=why, due_at=due_at)
            return agents.put(agent, after)
        case AgentAdded(spec=spec):
            return agents.put(spec.agent, _added(event, at))
        case AgentChanged(spec=spec, due_at=due_at):
            view = agents.get(spec.agent)
            if view is None:
                return agents
            return agents.put(spec.agent, replace(view, spec=spec, due_at=due_at))
        case AgentRemoved(agent=agent):
            return agents.without(agent)


def find_agents_at(agents: Agents, origins: Iterable[tuple[AgentId, str]]) -> Agents:
    """Return the agents, where some stand in another place of the settings now."""
    for agent, origin in origins:
        view = agents.get(agent)
        if view is not None:
            spec = replace(view.spec, origin=origin)
            agents = agents.put(agent, replace(view, spec=spec))
    return agents


def _added(event: AgentAdded, at: datetime) -> AgentView:
    return AgentView(
        spec=event.spec,
        health=event.health,
        since=at,
        last_at=event.silent_since,
        heard_at=event.silent_since,
        due_at=event.due_at,
    )


def _with_beats(view: AgentView, heard: AgentBeats) -> AgentView:
    history = view.history
    for at, beat in heard.beats:
        duration_s = NO_DURATION if beat.duration_s is None else beat.duration_s
        history = history.push(at, duration_s, _KINDS[beat.kind])
    last_at, last = heard.beats[-1]
    return replace(
        view,
        why=view.why if heard.why is None else heard.why,
        last=last,
        last_at=datetime.fromtimestamp(last_at, UTC),
        heard_at=heard.heard_at,
        due_at=heard.due_at,
        is_stopped=heard.is_stopped,
        beats=view.beats + heard.count,
        runs=heard.runs,
        history=history,
        notes=_notes(view.notes, [beat for _, beat in heard.beats]),
    )


def _notes(notes: tuple[str, ...], beats: Sequence[Beat]) -> tuple[str, ...]:
    return (*notes, *(beat.note for beat in beats))[-KEPT_BEATS:]
