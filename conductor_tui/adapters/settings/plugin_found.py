"""What the tables about plug-ins came to, and what they come to where there are none.

Without any of them `plugins` and the models of its tables need not be imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conductor_tui.adapters.settings.rows import Notes
from conductor_tui.domain.plugin import PluginSettings

TABLES = frozenset({"plugins", "plugin"})
LIMITS: Mapping[str, str] = {
    "memory": "memory_bytes",
    "cpu": "cpu_s",
    "open_files": "open_files",
    "processes": "processes",
    "output": "output_bytes",
    "request_timeout": "request_s",
    "start_timeout": "start_s",
    "stop_timeout": "stop_s",
    "hang_after": "hang_s",
    "at_once": "at_once",
    "waiting": "waiting",
    "restarts": "restarts",
    "within": "within_s",
}
"""The fields of PluginLimits by the keys of [plugin.NAME]."""


def folder_beside(base: Path) -> str | None:
    """Return the folder of plug-ins beside the settings file, where there is one; None:
    that of the user.
    """
    beside = base / "plugins"
    return str(beside.absolute()) if beside.is_dir() else None


@dataclass(frozen=True, slots=True)
class Plugged:
    """The tables about plug-ins, and what is shown of them."""

    settings: tuple[PluginSettings, ...] = ()
    folder: str | None = None
    notes: Mapping[str, Notes] = field(default_factory=dict)
    written: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
