"""An agent goes on from what was known of it before a restart.

Its silence is what it was when that was written down: the time for which we were away
counts for nobody, and what people are shown is moved by as much.
"""

from datetime import UTC, datetime

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.events import AgentBeats
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.engine.heart_record import Record, Run


def resume(
    record: Record, before: AgentView, then: datetime, now: datetime, awake: float
) -> None:
    """Put into a new record what was known `then`."""
    if before.heard_at is not None:
        silent_s = max(0.0, (then - before.heard_at).total_seconds())
        record.heard = awake - silent_s
        record.heard_at = now.timestamp() - silent_s
    record.health = before.health
    record.is_stopped = before.is_stopped
    for run in before.runs:
        ran_s = (then - run.at).total_seconds()
        left_s = (run.by - then).total_seconds()
        record.runs[run.run] = Run(awake - ran_s, awake + left_s, run.at)
    record.said, record.said_why = _said(record, before, awake), before.why


def told_again(
    record: Record, before: AgentView, due_at: datetime | None
) -> AgentBeats | None:
    """Return its beats of before, in number, with the last one of them."""
    if before.last is None or record.heard_at is None:
        return None
    return AgentBeats(
        agent=before.agent,
        beats=((record.heard_at, before.last),),
        count=before.beats,
        heard_at=datetime.fromtimestamp(record.heard_at, UTC),
        due_at=due_at,
        runs=record.open_runs(),
        is_stopped=record.is_stopped,
        why=before.why,
    )


def _said(record: Record, before: AgentView, awake: float) -> Health | None:
    """Return what it had said of itself. A log or a start may stand in front of a
    failure: then FAILED is what its silence alone does not explain.
    """
    match before.last.kind if before.last else None:
        case BeatKind.FAIL:
            return Health.FAILED
        case BeatKind.WARN:
            return Health.DEGRADED
        case BeatKind.LOG | BeatKind.START if before.health is Health.FAILED:
            is_explained = record.look(awake) is Health.FAILED
            return None if is_explained else Health.FAILED
        case _:
            return None
