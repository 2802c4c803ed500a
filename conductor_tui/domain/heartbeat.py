"""When an agent that falls silent gets worse, and what a heartbeat can say.

The one rule for everything that beats: a `Ladder` of boundaries, in seconds of silence,
each with the health from there on. It is computed when an agent or its rhythm changes,
not when somebody looks. Source of the boundaries and of the detector's figures: the
seed's guide (1x, 2x, threshold x) and a bench of 15 scenarios (bounded phi).
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId

Ladder: TypeAlias = tuple[tuple[float, Health], ...]

PHI_LEARNS = 200  # intervals
PHI_FROM = 20  # with fewer intervals the ladder is the fixed one
_PAUSE, _LEAST_SIGMA, _CLIP, _LOWEST, _HIGHEST = 1.0, 0.1, 4.0, 2.0, 8.0  # intervals
# Standard deviations at which a silence has a chance of 10^-1, 10^-3, 10^-8.
_PHI_STEPS = ((1.2816, Health.DEGRADED), (3.0902, Health.CRITICAL))
_PHI_FAILED = 5.6120


class BeatKind(StrEnum):
    """What a heartbeat says of its agent."""

    BEAT = "beat"  # it is there; a run, if one is open, ended well
    WARN = "warn"  # it is there, but not well: DEGRADED until it says otherwise
    START = "start"  # a run begins: it has to end within the grace
    FAIL = "fail"  # it failed: FAILED until it says otherwise
    LOG = "log"  # only words: changes nothing
    STOP = "stop"  # it goes on purpose: its silence means nothing from now on


class Beat(NamedTuple):
    """One heartbeat as it came in. A tuple: thousands are made in a second.

    `note` is its metadata, a JSON object as text on one line, or "". `words` is a
    status line for a person. `run` tells runs that overlap apart. `extends_s`: no
    silence counts for so long. `via` names the way in.
    """

    agent: AgentId
    kind: BeatKind = BeatKind.BEAT
    note: str = ""
    words: str = ""
    run: str = ""
    exit_code: int | None = None
    duration_s: float | None = None
    extends_s: float | None = None
    via: str = ""


def fixed_ladder(interval_s: float, threshold: int, grace_s: float = 0.0) -> Ladder:
    """Return DEGRADED at 1x, CRITICAL at 2x, FAILED at threshold x `interval_s`, each
    plus `grace_s`. FAILED comes in place of what would come with it or after it.
    """
    failed_s = threshold * interval_s + grace_s
    steps = (
        (interval_s + grace_s, Health.DEGRADED),
        (2 * interval_s + grace_s, Health.CRITICAL),
    )
    before = tuple(step for step in steps if step[0] < failed_s)
    return (*before, (failed_s, Health.FAILED))


def phi_ladder(intervals_s: Sequence[float], interval_s: float) -> Ladder | None:
    """Return the ladder that the last PHI_LEARNS intervals teach (bounded phi):
    DEGRADED where so long a silence has a chance of 1 in 10, CRITICAL 1 in 1,000,
    FAILED 1 in 10^8 and always between 2x and 8x `interval_s`. None while too little
    is known.
    """
    if len(intervals_s) < PHI_FROM:
        return None
    learned = [min(one, _CLIP * interval_s) for one in intervals_s[-PHI_LEARNS:]]
    usual = sum(learned) / len(learned)
    spread = math.sqrt(sum((one - usual) ** 2 for one in learned) / len(learned))
    mean = usual + _PAUSE * interval_s
    sigma = max(spread, _LEAST_SIGMA * interval_s)
    least, most = _LOWEST * interval_s, _HIGHEST * interval_s
    failed_s = min(max(mean + _PHI_FAILED * sigma, least), most)
    steps = ((mean + z * sigma, health) for z, health in _PHI_STEPS)
    before = tuple(step for step in steps if step[0] < failed_s)
    return (*before, (failed_s, Health.FAILED))


def due_ladder(due_s: float, grace_s: float) -> Ladder:
    """Return FAILED once `grace_s` have passed since `due_s`, and nothing before: for
    an agent that is expected at a time of its own (cron). A job takes its time, and
    that is what its grace is for.
    """
    return ((due_s + max(0.0, grace_s), Health.FAILED),)


def health_after(ladder: Ladder, silent_s: float) -> Health:
    """Return the health after a silence. A boundary belongs to what comes after it."""
    health = Health.HEALTHY
    for boundary_s, reached in ladder:
        if silent_s < boundary_s:
            break
        health = reached
    return health


def next_boundary(ladder: Ladder, silent_s: float) -> float:
    """Return the silence at which it gets worse next; infinite when it cannot."""
    for boundary_s, _ in ladder:
        if silent_s < boundary_s:
            return boundary_s
    return math.inf
