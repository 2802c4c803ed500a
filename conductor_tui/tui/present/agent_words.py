"""The words that every screen says of an agent in the same way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from conductor_tui.domain.agent import AgentView, Detector
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import (
    BeatKind,
    Ladder,
    due_ladder,
    fixed_ladder,
    phi_ladder,
)
from conductor_tui.tui.present.agent_beats import intervals
from conductor_tui.tui.present.agent_events import expected
from conductor_tui.tui.present.glyphs import HEALTH, PAUSED
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.words import HEALTH_TONES, Face, age, wait

UNWELL = (Health.FAILED, Health.CRITICAL, Health.DEGRADED)


@dataclass(frozen=True, slots=True)
class Steps:
    """The ladder of an agent's silence. `is_learned`: of its own intervals, so it moves
    with each of them; `is_due`: it counts from the time at which a beat is due.
    """

    ladder: Ladder
    is_learned: bool = False
    is_due: bool = False


def agent_face(view: AgentView) -> Face:
    """Return the agent's face; one that went on purpose alarms nobody."""
    if view.is_stopped and view.health is Health.UNKNOWN:
        return Face("STOPPED", PAUSED, "paused", quiet=True)
    quiet = view.health in (Health.HEALTHY, Health.UNKNOWN)
    tone = HEALTH_TONES[view.health]
    return Face(view.health.value, HEALTH[view.health], tone, quiet)


def steps(view: AgentView) -> Steps:
    """Return what its silence leads to, and when."""
    spec = view.spec
    if spec.cron:
        return Steps(due_ladder(0.0, spec.grace_s), is_due=True)
    if spec.detector is Detector.PHI:
        learned = phi_ladder(intervals(view), spec.interval_s)
        if learned is not None:
            return Steps(learned, is_learned=True)
    return Steps(fixed_ladder(spec.interval_s, spec.threshold, spec.grace_s))


def worse_at(view: AgentView, now: datetime) -> datetime | None:
    """Return when it gets worse if it stays silent; None when it cannot.

    Nothing is told when the time of a timetable comes, for nothing is wrong within the
    grace: that is added here. An open run has a limit of its own.
    """
    due_at = view.due_at
    is_told = view.health not in (Health.HEALTHY, Health.UNKNOWN)
    if due_at is None or due_at > now or is_told or not view.spec.cron:
        return due_at
    if view.runs:
        return min(run.by for run in view.runs)
    return due_at + timedelta(seconds=view.spec.grace_s)


def worse(view: AgentView, lens: Lens) -> str:
    """Say what comes if it stays silent: `DEGRADED in 4 s`; "" when nothing can."""
    at = worse_at(view, lens.now)
    if at is None:
        return ""
    word = _next_word(view) if at == view.due_at else Health.FAILED.value
    return f"{word} in {wait(at, lens) or 'a moment'}"


def _next_word(view: AgentView) -> str:
    if view.runs and min(run.by for run in view.runs) == view.due_at:
        return Health.FAILED.value
    if view.spec.cron and view.health in (Health.HEALTHY, Health.UNKNOWN):
        return "due"
    if view.heard_at is None:
        return Health.FAILED.value
    ladder = steps(view).ladder
    if view.health is Health.HEALTHY:
        return ladder[0][1].value
    above = [h for _, h in ladder if h.severity > view.health.severity]
    return above[0].value if above else Health.FAILED.value


def every(view: AgentView) -> str:
    """Return its rhythm in a column: `5s`, `1h30m`, `cron`."""
    return "cron" if view.spec.cron else format_duration(view.spec.interval_s)


def rule(view: AgentView) -> str:
    """Return its whole rule in a sentence."""
    spec = view.spec
    words = [expected(spec), f"grace {format_duration(spec.grace_s)}"]
    if spec.detector is Detector.PHI and not spec.cron:
        words.append("or what its own intervals teach")
    if spec.is_created and spec.expires_s is not None:
        words.append(f"forgotten after {format_duration(spec.expires_s)} of silence")
    return ", ".join(words)


def reason(view: AgentView, lens: Lens) -> str:
    """Return what is worth a word about it now: why it is unwell, what it does, or
    what it said last.
    """
    if view.why and (view.health in UNWELL or view.is_stopped):
        return view.why
    if view.runs:
        return running(view, lens)
    if view.last is None:
        return "" if view.beats else view.why or "no beat yet"
    said = view.last.words or view.last.note
    return said or (f"via {view.last.via}" if view.last.via else "")


def running(view: AgentView, lens: Lens) -> str:
    """Return its open runs: `running 12 s`, `3 runs, the first for 12 s`."""
    if not view.runs:
        return ""
    first = min(view.runs, key=lambda run: run.at)
    lasted = age(first.at, lens)
    if len(view.runs) > 1:
        return f"{len(view.runs)} runs, the first for {lasted}"
    return f"running {lasted}{f' ({first.run})' if first.run else ''}"


def silence_s(view: AgentView, now: datetime) -> float | None:
    """Return how long ago it said that it is there; None: never."""
    if view.heard_at is None:
        return None
    return max(0.0, (now - view.heard_at).total_seconds())


KIND_WORDS = {
    BeatKind.BEAT: "beat",
    BeatKind.WARN: "warned",
    BeatKind.START: "started",
    BeatKind.FAIL: "failed",
    BeatKind.LOG: "said",
    BeatKind.STOP: "went",
}
