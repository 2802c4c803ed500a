"""Bodies and answers that have no type of their own elsewhere, for the document.

What reads a beat or an alert's body is written by hand (adapters/api/ingest/beats.py,
alert_bodies.py): tests hold these types to it.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from conductor_tui.adapters.wire.schema import (
    BreakerDocument,
    EventDocument,
    PlatformDocument,
)
from conductor_tui.adapters.wire.schema_alerts import (
    AlertDocument,
    ChannelDocument,
    DeliveryDocument,
    RecoveryDocument,
    SilenceDocument,
)
from conductor_tui.adapters.wire.schema_clients import ClientDocument
from conductor_tui.adapters.wire.schema_plugins import PluginDocument
from conductor_tui.domain.agent import Detector
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import TrialBy
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind

_CLOSED = ConfigDict(extra="forbid")
_Text = Annotated[str, Field(max_length=1000)]
_Names = Annotated[list[str], Field(max_length=1000)]


class Problem(TypedDict):
    """What went wrong (RFC 9457). `error` is the detail again, for senders of beats;
    `command`, `epoch` and `state` come with a command that was refused.
    """

    title: str
    detail: str
    status: int
    error: NotRequired[str]
    command: NotRequired[str]
    epoch: NotRequired[int]
    state: NotRequired[BreakerState]


class Done(TypedDict):
    """The engine's own answer: what it did, who it takes you for, and the id of the
    command, as it stands in the audit.
    """

    words: str
    by: str
    command: str


class BreakerDone(Done):
    """The same, with how the breaker is after it."""

    epoch: int
    state: BreakerState


class CommandDone(Done):
    """The same; `epoch` and `state` where it was about a breaker."""

    epoch: NotRequired[int]
    state: NotRequired[BreakerState]


class Hello(TypedDict):
    """Who is here. `source` is the settings file."""

    protocol: int
    version: str
    host: str
    pid: int
    daemon: bool
    source: str
    read_only: bool


class Healthy(TypedDict):
    status: Literal["ok"]


class Ready(TypedDict):
    """`words` say what is waited for, or what is wrong."""

    ready: bool
    words: str


class Platforms(TypedDict):
    platforms: list[PlatformDocument]


class Breakers(TypedDict):
    breakers: list[BreakerDocument]


class NotAdmitted(Problem):
    """`who` moved the breaker and `why`; `retry_after_s` null: nobody knows."""

    reason: Literal["held", "open", "half_open"]
    who: str
    why: str
    retry_after_s: float | None


class Clients(TypedDict):
    clients: list[ClientDocument]


class Plugins(TypedDict):
    plugins: list[PluginDocument]


class Word(TypedDict):
    """The newest word about one breaker. `retry_in_s` is from the moment of the line;
    null: no trial is due by itself. `hosts` are the "host:port" of its platform.
    """

    name: str
    state: BreakerState
    epoch: int
    by: str
    why: str
    retry_in_s: float | None
    trial: TrialBy
    failures: int
    reset_after_s: float
    hosts: list[str]


class TrialAnswer(TypedDict):
    """Leave to try once, under `permit`; null: not now, ask again in `retry_in_s`."""

    platform: str
    permit: str | None
    retry_in_s: float | None
    epoch: int | None


class WordLine(TypedDict, total=False):
    """One line. `hello` is the first; `breakers`: start again from here; a line without
    members says that the conductor lives.
    """

    hello: dict[str, Any]
    breakers: list[Word]
    breaker: Word
    removed: str
    is_whole: bool
    trial: TrialAnswer


class Taken(TypedDict):
    words: str


class Events(TypedDict):
    """Oldest first."""

    events: list[EventDocument]


class Alerts(TypedDict):
    """All that is known of alerts. `trouble` says why the journal is not written."""

    host: str
    at: str | None
    trouble: str
    open: list[AlertDocument]
    ended: list[AlertDocument]
    silences: list[SilenceDocument]
    channels: list[ChannelDocument]
    outbox: list[DeliveryDocument]
    delivered: list[DeliveryDocument]
    recoveries: list[RecoveryDocument]


class Silences(TypedDict):
    silences: list[SilenceDocument]


class BeatShown(TypedDict):
    """A heartbeat. What a cut has spoiled of the metadata is given as text."""

    kind: BeatKind
    words: str
    run: str
    exit_code: int | None
    duration_s: float | None
    metadata: dict[str, Any] | str
    via: str


class RunShown(TypedDict):
    run: str
    at: str | None
    by: str | None


class AgentShown(TypedDict):
    """One agent. `due_at` is when it gets worse if it stays silent."""

    agent: str
    health: Health
    since: str | None
    why: str
    last_at: str | None
    heard_at: str | None
    due_at: str | None
    is_stopped: bool
    beats: int
    last: BeatShown | None
    runs: list[RunShown]
    interval_s: float
    threshold: int
    grace_s: float
    detector: Detector
    cron: str
    zone: str
    group: str
    tags: list[str]
    is_created: bool


class HeardShown(TypedDict):
    """`at` in Unix seconds."""

    at: float
    duration_s: float | None
    kind: BeatKind


class OneAgent(AgentShown):
    """One agent, with its newest beats, oldest first."""

    history: list[HeardShown]


class Agents(TypedDict):
    agents: list[AgentShown]


class BeatTaken(TypedDict):
    agent: str
    heard: Literal["taken", "created"]


@with_config(_CLOSED)
class BeatBody(TypedDict, total=False):
    """What a heartbeat says; no body is one too."""

    kind: BeatKind | None
    metadata: dict[str, Any] | None
    words: str | None
    run: str | None
    exit_code: Annotated[int, Field(ge=0, le=255)] | None
    duration_s: Annotated[float, Field(ge=0, le=1e9)] | None


@with_config(_CLOSED)
class ByBody(TypedDict, total=False):
    """`by` is what you call yourself; the audit has who you are as well."""

    by: _Text | None


@with_config(_CLOSED)
class AckBody(TypedDict, total=False):
    """A sticky one lasts until the subject is well."""

    why: _Text | None
    sticky: bool
    by: _Text | None


@with_config(_CLOSED)
class DiscardBody(TypedDict):
    why: Annotated[str, Field(min_length=1, max_length=1000)]
    by: NotRequired[_Text | None]


SilenceBody = TypedDict(
    "SilenceBody",
    {
        "names": NotRequired[_Names],
        "groups": NotRequired[_Names],
        "tags": NotRequired[_Names],
        "everything": NotRequired[bool],
        "for": Annotated[float, Field(gt=0)] | str,
        "why": Annotated[str, Field(min_length=1, max_length=1000)],
        "by": NotRequired[_Text | None],
    },
)
with_config(_CLOSED)(SilenceBody)


class PastAnswer(TypedDict):
    """The state at a moment, in the form that the stream has (adapters/wire)."""

    snapshot: dict[str, Any]


class StepAnswer(TypedDict):
    """null: there is none."""

    at: str | None


class WireEnvelope(TypedDict):
    """An event in the form that the stream has; `event` has its `kind`."""

    seq: int
    node: str
    at: str
    event: dict[str, Any]


class PastEvents(TypedDict):
    events: list[WireEnvelope]


class StreamLine(TypedDict, total=False):
    """One line, or message. First `hello`; then a snapshot in parts: `snapshot`, then
    `platforms` and `agents` in handfuls, until `complete`, its number; then `events`
    as they happen. A further `snapshot` means: forget what you had.
    """

    hello: dict[str, Any]
    snapshot: dict[str, Any]
    platforms: list[dict[str, Any]]
    agents: list[dict[str, Any]]
    complete: int
    events: list[WireEnvelope]
