"""The tables about alerts as pydantic models: [alerts], [[alerts.rule]], [[channel]],
[journal].

The options of a channel are not among its keys: those are read by its kind's own type.
"""

from typing import Annotated

from conductor_tui.adapters.settings.schema import Table
from conductor_tui.adapters.settings.values import (
    Between,
    ChannelKind,
    ChannelNames,
    Flapping,
    KeptSeconds,
    Path,
    Remind,
    Seconds,
    SeverityName,
    Size,
    SpanSeconds,
    StateNames,
    WaitSeconds,
    Words,
)


class ScopeTable(Table):
    """Which subjects: those of a name, of a group, with a tag; none of them: all."""

    names: Words | None = None
    groups: Words | None = None
    tags: Words | None = None


class RuleKeys(Table):
    """The keys that [alerts] has for all subjects and a rule for some."""

    states: StateNames | None = None
    after: Annotated[int, Between(1, 1000)] | None = None
    cooldown: WaitSeconds | None = None
    remind: Remind | None = None
    severity: SeverityName | None = None
    flapping: Flapping | None = None


class AlertsTable(RuleKeys):
    """Without `rule`: those tables are read one by one."""

    max_age: SpanSeconds | None = None


class AlertRuleTable(ScopeTable, RuleKeys):
    """A rule for some subjects; what it does not say, [alerts] does."""


class ChannelTable(ScopeTable):
    name: ChannelNames | None = None
    kind: ChannelKind | None = None
    severity: SeverityName | None = None
    timeout: Seconds | None = None


class JournalTable(Table):
    path: Path | None = None
    keep_events: KeptSeconds | None = None
    max_size: Size | None = None
