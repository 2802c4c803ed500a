"""What the tables about requests came to.

Without any of them `requests` and the models of its tables need not be imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conductor_tui.adapters.settings.rows import Notes
from conductor_tui.domain.dispatch import DispatchSettings

TABLES = frozenset({"requests", "request", "route", "dead_letters"})


@dataclass(frozen=True, slots=True)
class Asked:
    """The tables about requests, and where their values are from."""

    settings: DispatchSettings = field(default_factory=DispatchSettings)
    notes: Mapping[str, Notes] = field(default_factory=dict)
