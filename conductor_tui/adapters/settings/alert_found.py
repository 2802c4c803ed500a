"""What the tables about alerts came to, and what they come to where there are none.

Without any of them `alerts` and the models of its tables need not be imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conductor_tui.adapters.settings.picking import Where
from conductor_tui.adapters.settings.rows import Notes
from conductor_tui.domain.alert_settings import (
    AlertRule,
    AlertSettings,
    JournalSettings,
)

TABLES = frozenset({"alerts", "channel", "journal"})
_RULE = AlertRule()
KEYS: Mapping[str, object] = {
    "states": _RULE.states,
    "after": _RULE.after,
    "cooldown": _RULE.cooldown_s,
    "remind": _RULE.remind_s,
    "severity": None,
    "flapping": True,
}


@dataclass(frozen=True, slots=True)
class Alerting:
    """The tables about alerts, and what is shown of them; `settings` only counts
    without problems.
    """

    settings: AlertSettings
    journal: JournalSettings
    notes: Mapping[str, Notes]
    written: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Who may be named. None where that cannot be said: see `maintenance.Known`."""

    names: frozenset[str] | None = None
    groups: frozenset[str] | None = None
    tags: frozenset[str] | None = None


def no_tables() -> Alerting:
    """Return what holds in a file without any of TABLES."""
    notes = {"alerts": dict.fromkeys(KEYS, Where.DEFAULT.value)}
    return Alerting(AlertSettings(), JournalSettings(), notes, {})
