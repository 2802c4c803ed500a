"""What is known of agents, as JSON for other programs. It holds no secret.

Thousands of agents are told by handfuls, and others get their turn between them.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from conductor_tui.adapters.api.exchange import JSON, Answer
from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.ports import Ear

HANDFUL = 100
_KINDS = tuple(BeatKind)


async def views(ear: Ear) -> AsyncIterator[AgentView]:
    """Yield every agent of this moment that is still there when its turn comes."""
    for number, agent in enumerate(list(ear.agents), start=1):
        if number % HANDFUL == 0:
            await asyncio.sleep(0)
        view = ear.view(agent)
        if view is not None:
            yield view


async def show_all(ear: Ear) -> Answer:
    shown = [json.dumps(show_one(view)) async for view in views(ear)]
    return Answer(200, f'{{"agents": [{", ".join(shown)}]}}'.encode(), JSON)


def show_one(view: AgentView, *, with_history: bool = False) -> dict[str, Any]:
    spec = view.spec
    shown = {
        "agent": view.agent,
        "health": view.health.value,
        "since": _moment(view.since),
        "why": view.why,
        "last_at": _moment(view.last_at),
        "heard_at": _moment(view.heard_at),
        "due_at": _moment(view.due_at),
        "is_stopped": view.is_stopped,
        "beats": view.beats,
        "last": None if view.last is None else _beat(view.last),
        "runs": [
            {"run": one.run, "at": _moment(one.at), "by": _moment(one.by)}
            for one in view.runs
        ],
        "interval_s": spec.interval_s,
        "threshold": spec.threshold,
        "grace_s": spec.grace_s,
        "detector": spec.detector.value,
        "cron": spec.cron,
        "zone": spec.zone,
        "group": spec.group,
        "tags": list(spec.tags),
        "is_created": spec.is_created,
    }
    return {**shown, "history": _history(view)} if with_history else shown


def _history(view: AgentView) -> list[dict[str, Any]]:
    """Return the newest beats, oldest first."""
    columns = [list(view.history.column(number)) for number in range(3)]
    return [
        {
            "at": at,
            "duration_s": None if duration_s < 0 else duration_s,
            "kind": _KINDS[int(kind)].value,
        }
        for at, duration_s, kind in zip(*columns, strict=True)
    ]


def _beat(beat: Beat) -> dict[str, Any]:
    return {
        "kind": beat.kind.value,
        "words": beat.words,
        "run": beat.run,
        "exit_code": beat.exit_code,
        "duration_s": beat.duration_s,
        "metadata": _metadata(beat.note),
        "via": beat.via,
    }


def _metadata(note: str) -> Any:
    """Return the object; what a cut has spoiled is given as the text that it is."""
    try:
        return json.loads(note) if note else {}
    except (ValueError, RecursionError):
        return note


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
