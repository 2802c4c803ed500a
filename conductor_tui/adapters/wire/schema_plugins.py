"""The shapes of what is told of plug-ins: see `schema`."""

from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from conductor_tui.domain.plugin import PluginState


class PluginLimitsDocument(TypedDict):
    """What a plug-in may take. `cpu_s` and `output_bytes` in any minute; `restarts`
    within `within_s`.
    """

    memory_bytes: int
    cpu_s: float
    open_files: int
    processes: int
    output_bytes: int
    request_s: float
    start_s: float
    stop_s: float
    hang_s: float
    at_once: int
    waiting: int
    restarts: int
    within_s: float


class PluginDocument(TypedDict):
    """One plug-in. What it takes is of its worker and all that it started together;
    `failures` and `asked` are totals since it was found, and since it was loaded.
    """

    name: str
    state: PluginState
    why: str
    since: str | None
    source: str
    target: str
    isolate: bool
    requires: list[str]
    origin: str
    platforms: list[str]
    pid: int | None
    rss_bytes: int
    cpu_percent: float
    processes: int
    restarts: int
    retry_at: str | None
    in_flight: int
    waiting: int
    asked: int
    failed: int
    failures: int
    error: str
    error_at: str | None


class LogLineDocument(TypedDict):
    """One line that it wrote; `stream` "" is what we say: lines left out."""

    at: str | None
    stream: str
    text: str


class PluginWhole(PluginDocument):
    """One plug-in, with its limits and the newest lines that it wrote, oldest first."""

    limits: PluginLimitsDocument
    log: list[LogLineDocument]
