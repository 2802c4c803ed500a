"""What is known of one agent, and how it is by its silence, its words and its runs.

Times without `_at` are awake time (heart_awake): a stall of ours moves none of them.
Only a timetable goes by the wall clock. What it says is due becomes `overdue` when
somebody looks, so that a night in which this host slept takes nothing off the grace.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from conductor_tui.domain.agent import KEPT_BEATS, AgentSpec, Detector, OpenRun
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import (
    PHI_LEARNS,
    Beat,
    Ladder,
    due_ladder,
    fixed_ladder,
    health_after,
    next_boundary,
    phi_ladder,
)
from conductor_tui.domain.settings import AgentSettings

NOW_S = 0.001  # event loops round timers to 1 ms: closer than that is due
KEPT_RUNS = 16
_LEARN_EVERY = 5  # beats: the ladder of 200 intervals costs 30 us


@dataclass(slots=True)
class Run:
    """A run that was begun at `began`, and has to end at `by`."""

    began: float
    by: float
    at: datetime


@dataclass(slots=True, eq=False)
class Record:
    """`listened` is when we began to listen, `heard` when it last said that it is there
    (`heard_at` in Unix seconds). No silence counts before `extended`. `said` is what
    it says of itself and stands until it says otherwise. `judged` is when its health
    was last looked at: a boundary between then and now is still ahead of it. `entry`
    is when the heap looks at it next. `is_plain`: a beat changes nothing but times.
    """

    settings: AgentSettings
    listened: float
    ladder: Ladder = ()
    health: Health = Health.UNKNOWN
    heard: float | None = None
    heard_at: float | None = None
    extended: float = -math.inf
    said: Health | None = None
    said_why: str = ""
    is_stopped: bool = False
    is_plain: bool = False
    is_gone: bool = False
    runs: dict[str, Run] = field(default_factory=dict)
    due: datetime | None = None
    overdue: float | None = None
    intervals: "deque[float] | None" = None
    learned: int = 0
    judged: float = -math.inf
    entry: float = math.inf
    newest: "deque[tuple[float, Beat]]" = field(
        default_factory=lambda: deque(maxlen=KEPT_BEATS)
    )
    count: int = 0
    is_waiting: bool = False  # for its beats to be told

    def __post_init__(self) -> None:
        self.judged = self.listened
        self.go_by(self.settings)

    @property
    def spec(self) -> AgentSpec:
        return self.settings.spec

    def go_by(self, settings: AgentSettings) -> None:
        """Go by these settings from now on; what is known stays."""
        before, self.settings = self.settings, settings
        spec = settings.spec
        if (spec.cron, spec.zone) != (before.spec.cron, before.spec.zone):
            self.due = self.overdue = None
        if spec.cron:
            self.ladder = due_ladder(0.0, spec.grace_s)
        else:
            self.ladder = fixed_ladder(spec.interval_s, spec.threshold, spec.grace_s)
        self.learned = 0
        if spec.detector is Detector.PHI and not spec.cron:
            self.intervals = self.intervals or deque(maxlen=PHI_LEARNS)
            self._learn()
        else:
            self.intervals = None
        self.settle()

    def settle(self) -> None:
        """Find out anew whether the next beat changes anything but times."""
        self.is_plain = (
            self.health is Health.HEALTHY
            and self.heard is not None
            and not (self.runs or self.spec.cron or self.said or self.is_stopped)
        )

    def learn(self) -> bool:
        """Go by the newest intervals, now and then. True: the ladder may have moved."""
        self.learned += 1
        if self.learned % _LEARN_EVERY:
            return False
        return self._learn()

    def _learn(self) -> bool:
        ladder = phi_ladder(tuple(self.intervals or ()), self.spec.interval_s)
        self.ladder = ladder or self.ladder
        return ladder is not None

    # How it is

    @property
    def base(self) -> float:
        """When its silence began to count."""
        if self.overdue is not None:
            return self._base_of_due(max(self.overdue, self.extended))
        since = self.listened if self.heard is None else self.heard
        return max(since, self.extended)

    def _base_of_due(self, due: float) -> float:
        """Give a run that was begun before its agent was late its own limit. One that
        is begun later changes nothing: a job that never gets beyond its start fails.
        """
        grace_s = self.spec.grace_s
        in_time = [run.by for run in self.runs.values() if run.began <= due + grace_s]
        return max([due, *(by - grace_s for by in in_time)])

    def quiet_s(self, awake: float) -> float:
        return awake - (self.listened if self.heard is None else self.heard)

    def note_due(self, now: datetime, awake: float) -> None:
        """Begin the grace of a time that has come."""
        if self.due is None or self.overdue is not None:
            return
        if (self.due - now).total_seconds() <= NOW_S:
            self.overdue = awake

    def look(self, awake: float) -> Health:
        """Return how it is at this moment."""
        if self.said is Health.FAILED or self.late_run(awake) is not None:
            return Health.FAILED
        if self.is_stopped:
            return Health.UNKNOWN
        silent = self._by_silence(awake)
        if self.said is not None and silent.severity < self.said.severity:
            return self.said
        return silent

    def _by_silence(self, awake: float) -> Health:
        waits = self.spec.cron and self.overdue is None
        by_ladder = (
            Health.HEALTHY
            if waits
            else health_after(self.ladder, awake - self.base + NOW_S)
        )
        if self.heard is None and by_ladder is not Health.FAILED:
            return Health.UNKNOWN
        return by_ladder

    def late_run(self, awake: float) -> str | None:
        """Return the run that should have ended; the one begun first, if several."""
        for name, run in self.runs.items():
            if awake + NOW_S >= run.by:
                return name
        return None

    def worse_at(self, now: datetime, awake: float) -> float:
        """Return when it gets worse if it stays silent; infinite when it cannot. It may
        have passed since it was judged.
        """
        if self.is_plain:  # by far the most: HEALTHY, so its first boundary is ahead
            return self.base + self.ladder[0][0]
        if self.said is Health.FAILED or self.late_run(self.judged) is not None:
            return math.inf
        ends = [run.by for run in self.runs.values()]
        return min((self._silent_at(now, awake), *ends))

    def _silent_at(self, now: datetime, awake: float) -> float:
        if self.is_stopped:
            return math.inf
        if self.spec.cron and self.overdue is None:
            if self.due is None:
                return math.inf
            return awake + max(0.0, (self.due - now).total_seconds())
        base, judged = self.base, self.judged + NOW_S
        if self.heard is None:
            failed_at = base + self.ladder[-1][0]
            return failed_at if failed_at > judged else math.inf
        return base + next_boundary(self.ladder, judged - base)

    def expires(self) -> float:
        """Return when it is forgotten if it stays silent."""
        expires_s = self.spec.expires_s
        if not self.spec.is_created or expires_s is None:
            return math.inf
        return (self.listened if self.heard is None else self.heard) + expires_s

    # Words

    def why(self, health: Health, awake: float) -> str:
        """Say for a person why it is like that now."""
        late = self.late_run(awake)
        if late is not None and self.said is not Health.FAILED:
            return self._late_words(late)
        if health is self.said:
            return self.said_why
        if self.is_stopped:
            return self.said_why or "it went on purpose"
        if self.heard is None:
            waited = span(awake - self.listened)
            return f"never heard: no beat for {waited} ({self.rhythm})"
        if health is Health.HEALTHY:
            return ""
        if self.overdue is not None and self.due is not None:
            return f"no beat since {self.due:%H:%M:%S} UTC ({self.rhythm})"
        return f"no beat for {span(self.quiet_s(awake))} ({self.rhythm})"

    def own_words(self) -> str | None:
        """Return what it says of itself, where that is why it is as it is."""
        says_so = self.health is self.said or (
            self.is_stopped and self.health is Health.UNKNOWN
        )
        return self.said_why if says_so else None

    def _late_words(self, name: str) -> str:
        run = self.runs[name]
        called = f"run {name}" if name else "its run"
        return f"{called} has not ended: begun {run.at:%H:%M:%S} UTC"

    @property
    def rhythm(self) -> str:
        spec = self.spec
        if spec.cron:
            return f"cron {spec.cron}" + (f", {spec.zone}" if spec.zone else "")
        return f"every {span(spec.interval_s)}"

    def open_runs(self) -> tuple[OpenRun, ...]:
        return tuple(
            OpenRun(
                run=name, at=run.at, by=run.at + timedelta(seconds=run.by - run.began)
            )
            for name, run in self.runs.items()
        )


def span(seconds: float) -> str:
    """Return a duration for a sentence: `12 s`, `2.5 s`, `1h30m`."""
    if seconds < 60:
        return f"{round(seconds + NOW_S, 1):g} s"
    return format_duration(int(seconds + NOW_S))
