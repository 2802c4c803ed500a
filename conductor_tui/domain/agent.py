"""An agent: something that sends heartbeats, and what is known of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.window import Window

KEPT_BEATS = 100


class Detector(StrEnum):
    FIXED = "fixed"  # 1x, 2x, threshold x the interval
    PHI = "phi"  # learned from the agent's own intervals, within bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpec:
    """One agent and when it is expected.

    Either every `interval_s`, or at the times that `cron` (five fields) names in the
    IANA time zone `zone`. `grace_s` is added to every boundary; a run that was begun
    has to end within it. `is_created` agents came by their first beat, and are
    forgotten after `expires_s` of silence (None: never). `origin` says in words where
    this agent comes from.
    """

    agent: AgentId
    interval_s: float = 5.0
    threshold: int = 3
    grace_s: float = 2.5
    detector: Detector = Detector.FIXED
    cron: str = ""
    zone: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    is_created: bool = False
    expires_s: float | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run that was begun and has not ended. `by` is when it has to end."""

    run: str
    at: datetime
    by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """One agent, as of the newest event about it.

    `last` came at `last_at`; `heard_at` is when it last said that it is there, so its
    silence counts from there. `due_at` is when it gets worse if it stays silent; None:
    it cannot. `beats` counts since the start. `history` has (Unix seconds, seconds of
    the run or -1, index of the kind) of the newest KEPT_BEATS, oldest first, and
    `notes` the metadata of the same, as JSON text or "". `is_stopped`: it went on
    purpose.
    """

    spec: AgentSpec
    health: Health = Health.UNKNOWN
    since: datetime | None = None
    why: str = ""
    last: Beat | None = None
    last_at: datetime | None = None
    heard_at: datetime | None = None
    due_at: datetime | None = None
    is_stopped: bool = False
    beats: int = 0
    runs: tuple[OpenRun, ...] = ()
    history: Window = field(default_factory=lambda: Window("ddb", KEPT_BEATS))
    notes: tuple[str, ...] = ()

    @property
    def agent(self) -> AgentId:
        return self.spec.agent


@dataclass(frozen=True, slots=True, kw_only=True)
class WayIn:
    """One listener: what it speaks, where, and why it does not listen, if so."""

    name: str
    address: str
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestView:
    """What came in, counted since the start.

    `unknown` beats were of agents that nobody knows, `refused` ones were no beats at
    all, came too often, or found no room; `strangers` are the newest unknown names,
    `refusal` says why the newest of the others was refused.
    """

    ways: tuple[WayIn, ...] = ()
    heard: int = 0
    unknown: int = 0
    refused: int = 0
    strangers: tuple[str, ...] = ()
    refusal: str = ""


AGENT_NAME_LENGTH = 128


def agent_name_problem(name: str) -> str:
    """Say what is wrong with the name of an agent; "" when it may be one.

    It stands alone in front of its metadata in a datagram, so it holds no space.
    """
    if not name:
        return "empty"
    if len(name) > AGENT_NAME_LENGTH:
        return f"{len(name)} characters long: at most {AGENT_NAME_LENGTH}"
    if not all(char.isprintable() and not char.isspace() for char in name):
        return "spaces and control characters cannot be in it"
    return ""
