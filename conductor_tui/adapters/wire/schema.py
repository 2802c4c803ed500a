"""The shapes of what other programs read: mypy holds the writers in this package to
them, and the OpenAPI document is made from them. Keys are only added.

Times are texts in ISO 8601; a key that ends in `_s`, `_ms`, `_bytes` or `_percent`
says its unit.
"""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from conductor_tui.adapters.wire.schema_alerts import AlertDocument
from conductor_tui.adapters.wire.schema_clients import ClientDocument, TrafficDocument
from conductor_tui.adapters.wire.schema_plugins import PluginDocument
from conductor_tui.domain.agent import Detector
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.pause import PauseKind
from conductor_tui.domain.resources import LoadState
from conductor_tui.domain.shedding import ShedStep


class HoldDocument(TypedDict):
    """Who holds a breaker open, why, and until when (null: until it is reset)."""

    by: str
    why: str
    at: str | None
    until: str | None
    origin: str
    confirm_by: str | None


class PauseDocument(TypedDict):
    """Why nothing is checked; until null: until it is resumed."""

    kind: PauseKind
    by: str
    why: str
    at: str | None
    until: str | None


class RequestsDocument(TypedDict):
    """The requests of a platform: those `under_way` and `waiting` now, totals of how
    they ended since conductor began, and how long the newest took.
    """

    under_way: int
    waiting: int
    delivered: int
    refused: int
    failed: int
    timed_out: int
    rejected: int
    turned_away: int
    p50_ms: float | None
    p99_ms: float | None


class PlatformDocument(TypedDict):
    """One platform. `age_s` is that of the last word, not of the last look; `on_shed`
    is what is done when it makes room under load; `interval_s` is that in force.
    """

    name: str
    group: str
    tags: list[str]
    depends_on: list[str]
    blocked_by: str | None
    probe: str
    target: str
    origin: str
    slow_after_ms: float | None
    rise: int
    health: Health
    paused: PauseDocument | None
    priority: int
    protected: bool
    on_shed: str
    interval_s: float | None
    stale: bool
    warns: bool
    breaker: BreakerState
    epoch: int
    hold: HoldDocument | None
    failures: int
    latency_ms: float | None
    detail: str
    refusal: str
    last_error: str | None
    age_s: float | None
    next_check_s: float | None
    traffic: TrafficDocument
    requests: RequestsDocument


class BreakerDocument(TypedDict):
    """One platform's breaker. `failures` in a row count against `limit`; `retry_at` is
    when a trial is due, if one is.
    """

    name: str
    state: BreakerState
    epoch: int
    since: str | None
    failures: int
    limit: int
    retry_at: str | None
    hold: HoldDocument | None
    why: str
    by: str


class RunDocument(TypedDict):
    """A run that was begun and has not ended; `by` is when it has to."""

    run: str
    at: str | None
    by: str | None


class AgentDocument(TypedDict):
    """One agent, as /v1/status tells it. `age_s` is how long it has been silent,
    `due_s` how long until it gets worse; `note` is the newest metadata, as JSON text.
    """

    name: str
    group: str
    tags: list[str]
    origin: str
    interval_s: float | None
    failure_threshold: int
    grace_s: float | None
    detector: Detector
    cron: str
    zone: str
    created: bool
    health: Health
    since: str | None
    why: str
    stopped: bool
    beats: int
    last: BeatKind | None
    last_at: str | None
    via: str
    words: str
    note: str
    exit_code: int | None
    duration_s: float | None
    age_s: float | None
    due_s: float | None
    runs: list[RunDocument]


class OwnDocument(TypedDict):
    """What conductor says of itself."""

    at: str | None
    lag_p50_ms: float | None
    lag_max_ms: float | None
    late_p50_ms: float | None
    late_p99_ms: float | None
    checks: int
    overruns: int
    in_flight: int
    inconclusive: int
    cpu_percent: float | None
    rss_bytes: int
    threads: int
    open_files: int


class DiskDocument(TypedDict):
    mount: str
    percent: float | None
    used_bytes: int
    total_bytes: int


class AheadDocument(TypedDict):
    """Four of five values came between low and high; null until that is known."""

    in_s: float
    value: float | None
    low: float | None
    high: float | None


class ForecastDocument(TypedDict):
    """Of cpu, ram and disk (percent), and of queue (requests that wait)."""

    of: str
    model: str
    now: float | None
    reaches_degraded_s: float | None
    ahead: list[AheadDocument]


class ResourcesDocument(TypedDict):
    """The newest reading of the host."""

    cpu_percent: float | None
    ram_percent: float | None
    ram_used_bytes: int
    ram_total_bytes: int
    swap_percent: float | None
    swap_used_bytes: int
    swap_total_bytes: int
    load_average: list[float | None]
    rx_bytes_per_s: float | None
    tx_bytes_per_s: float | None
    disks: list[DiskDocument]


class SettingsDocument(TypedDict):
    """What is in force, and why the newest file is not, if so."""

    source: str
    at: str | None
    problems: list[str]


class WayDocument(TypedDict):
    """One listener; `trouble` says why it does not listen."""

    name: str
    address: str
    trouble: str


class IngestDocument(TypedDict):
    """The ways in, and what came through them."""

    heard: int
    unknown: int
    refused: int
    refusal: str
    strangers: list[str]
    ways: list[WayDocument]


class ResultDocument(TypedDict):
    """What one check found, as `check --json` prints it."""

    name: str
    outcome: Outcome
    detail: str
    warns: bool
    latency_ms: float | None
    attempts: int
    at: str | None


class AdviceDocument(TypedDict):
    """Who should make room, or come back, next. `ahead`: a limit is foreseen, but not
    reached.
    """

    step: ShedStep
    platform: str
    why: str
    ahead: bool


class StatusDocument(TypedDict):
    """All there is: what `status --json` prints."""

    host: str
    seq: int
    at: str | None
    load: LoadState
    resources: ResourcesDocument | None
    forecasts: list[ForecastDocument]
    advice: AdviceDocument | None
    own: OwnDocument | None
    settings: SettingsDocument
    platforms: list[PlatformDocument]
    agents: list[AgentDocument]
    ingest: IngestDocument
    alerts: list[AlertDocument]
    clients: list[ClientDocument]
    plugins: list[PluginDocument]


class EventDocument(TypedDict):
    """Something that happened. `kind` names it, `about` whom; `words` tell it, and
    `event` has all its fields.
    """

    seq: int
    at: str
    kind: Annotated[str, Field(examples=["BreakerChanged"])]
    about: str
    words: str
    event: dict[str, Any]
