"""The tables about plug-ins as pydantic models: [plugins], [plugin.NAME]."""

from typing import Annotated

from conductor_tui.adapters.settings.schema import Table
from conductor_tui.adapters.settings.values import (
    Between,
    Folder,
    Memory,
    MinuteSeconds,
    OutputSize,
    PluginNames,
    PluginUse,
    Seconds,
    SpanSeconds,
)


class PluginsTable(Table):
    folder: Folder | None = None


class PluginTable(Table):
    """Without `config`: that is for the plug-in's own schema to read."""

    use: PluginUse | None = None
    enabled: bool | None = None
    isolate: bool | None = None
    requires: PluginNames | None = None
    memory: Memory | None = None
    cpu: MinuteSeconds | None = None
    open_files: Annotated[int, Between(16, 65_536)] | None = None
    processes: Annotated[int, Between(1, 1000)] | None = None
    output: OutputSize | None = None
    request_timeout: Seconds | None = None
    start_timeout: Seconds | None = None
    stop_timeout: Seconds | None = None
    hang_after: Seconds | None = None
    at_once: Annotated[int, Between(1, 1000)] | None = None
    waiting: Annotated[int, Between(0, 10_000)] | None = None
    restarts: Annotated[int, Between(0, 1000)] | None = None
    within: SpanSeconds | None = None
