"""Which table a key belongs to."""

from collections.abc import Mapping

from conductor_tui.adapters.settings.agent_schema import (
    AgentsTable,
    AgentTable,
    ListenTable,
)
from conductor_tui.adapters.settings.alert_found import KEYS
from conductor_tui.adapters.settings.plugin_schema import PluginTable
from conductor_tui.adapters.settings.schema import (
    BreakerTable,
    CheckTable,
    EngineTable,
    LoadTable,
    MaintenanceTable,
    PlatformTable,
    RetryTable,
    keys_of,
)

HOMES: Mapping[str, str] = {
    **dict.fromkeys(PluginTable.model_fields, "[plugin.NAME]"),
    **dict.fromkeys(("folder",), "[plugins]"),
    **dict.fromkeys(("path", "keep_events", "max_size"), "[journal]"),
    **dict.fromkeys((*KEYS, "max_age"), "[alerts]"),
    **dict.fromkeys((*keys_of(ListenTable), *ListenTable.SECRETS), "[listen]"),
    **dict.fromkeys(keys_of(AgentsTable), "[agents]"),
    **dict.fromkeys(keys_of(AgentTable), "[[agent]]"),
    **dict.fromkeys(keys_of(MaintenanceTable), "[[maintenance]]"),
    **dict.fromkeys(PlatformTable.model_fields, "[[platform]]"),
    **dict.fromkeys(EngineTable.model_fields, "[engine]"),
    **dict.fromkeys(CheckTable.model_fields, "[engine] or [[platform]]"),
    **dict.fromkeys(LoadTable.model_fields, "[load]"),
    **dict.fromkeys(BreakerTable.model_fields, "breaker = { ... }"),
    **dict.fromkeys(RetryTable.model_fields, "retry = { ... }"),
}
"""In which table a key has its home, for a key that stands in the wrong one."""
