"""The tables of conductor.toml as pydantic models: keys, types and bounds.

Every key may be left out: a default depends on other tables, and `None` (which TOML
has no word for) says "not written". This module costs the import of pydantic; it is
imported once a file was really read.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from conductor_tui.adapters.settings.values import (
    Between,
    Cron,
    Label,
    LongSeconds,
    Model,
    Moment,
    Name,
    Percent,
    Priority,
    Probe,
    Quorum,
    Seconds,
    Shed,
    SpanSeconds,
    Stagger,
    TimeOfDay,
    Trial,
    WaitSeconds,
    Weekday,
    WindowName,
    Words,
    Zone,
)


class Table(BaseModel):
    """A table: no key but these, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RetryTable(Table):
    attempts: Annotated[int, Between(1, 10)] | None = None
    wait: WaitSeconds | None = None
    max_wait: WaitSeconds | None = None


class BreakerTable(Table):
    failures: Annotated[int, Between(1, 1000)] | None = None
    reset_after: LongSeconds | None = None
    backoff: Annotated[float, Between(1, 100)] | None = None
    max_reset: LongSeconds | None = None
    trial: Trial | None = None
    quorum: Quorum | None = None


class CheckTable(Table):
    """The keys that a platform has and that [engine] has for all of them."""

    interval: LongSeconds | None = None
    timeout: Seconds | None = None
    slow_after: Seconds | None = None
    rise: Annotated[int, Between(1, 100)] | None = None
    retry: RetryTable | None = None
    breaker: BreakerTable | None = None


class EngineTable(CheckTable):
    stagger: Stagger | None = None
    max_checks_at_once: Annotated[int, Between(1, 10_000)] | None = None
    history: LongSeconds | None = None


class LoadTable(Table):
    degraded_at: Percent | None = None
    recovered_at: Percent | None = None
    emergency_at: Percent | None = None
    forecast: Model | None = None
    shed: Shed | None = None


class DefaultsTable(CheckTable):
    """What platforms have that say nothing else, and whose group says nothing else."""

    group: Label | None = None
    tags: Words | None = None
    priority: Priority | None = None


class GroupTable(CheckTable):
    """What the platforms of one group have that say nothing else."""

    tags: Words | None = None
    depends_on: Words | None = None
    paused: bool | None = None
    priority: Priority | None = None
    protected: bool | None = None


class RecoveryTable(Table):
    """What is tried when it is FAILED: one of the first three."""

    command: list[str] | None = None
    systemd: str | None = None
    docker: str | None = None
    directory: str | None = None
    user: bool | None = None
    socket: str | None = None
    budget: Annotated[int, Between(1, 100)] | None = None
    within: SpanSeconds | None = None
    cooldown: WaitSeconds | None = None
    backoff: Annotated[float, Between(1, 100)] | None = None
    timeout: Seconds | None = None
    helps_within: SpanSeconds | None = None


class RestoreTable(Table):
    """What brings a platform back that a command had stopped."""

    command: list[str] | None = None
    directory: str | None = None
    timeout: Seconds | None = None


class ShedTable(RestoreTable):
    """What is done when a platform is shed under load: one of four."""

    systemd: str | None = None
    docker: str | None = None
    plugin: Label | None = None
    user: bool | None = None
    socket: str | None = None
    stop: bool | None = None


class PlatformTable(CheckTable):
    """Without the options of the probe: those are read by that probe's own type."""

    name: Name | None = None
    probe: Probe | None = None
    group: Label | None = None
    tags: Words | None = None
    depends_on: Words | None = None
    paused: bool | None = None
    priority: Priority | None = None
    protected: bool | None = None
    on_shed: ShedTable | None = None
    on_restore: RestoreTable | None = None
    recovery: RecoveryTable | None = None


class MaintenanceTable(Table):
    """One window. Which of its times go together is for `maintenance` to say."""

    name: WindowName | None = None
    platforms: Words | None = None
    groups: Words | None = None
    tags: Words | None = None
    start: Moment | None = None
    end: Moment | None = None
    daily: TimeOfDay | None = None
    weekdays: list[Weekday] | None = None
    at: TimeOfDay | None = None
    cron: Cron | None = None
    lasts: SpanSeconds | None = Field(default=None, alias="for")
    zone: Zone | None = None


def keys_of(table: type[Table]) -> list[str]:
    """Return the keys of a table as they are written in the file."""
    return [field.alias or name for name, field in table.model_fields.items()]


NESTED: Mapping[str, type[Table]] = {
    "retry": RetryTable,
    "breaker": BreakerTable,
    "recovery": RecoveryTable,
    "on_shed": ShedTable,
    "on_restore": RestoreTable,
}
