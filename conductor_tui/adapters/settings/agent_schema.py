"""The tables about agents as pydantic models: [[agent]], [agents] and [listen].

Secrets are not among their keys: those are read apart, from text or from a file.
"""

from typing import Annotated, ClassVar

from conductor_tui.adapters.settings.schema import RecoveryTable, Table
from conductor_tui.adapters.settings.values import (
    Address,
    AgentName,
    Between,
    Cron,
    DetectorName,
    Grace,
    Label,
    Path,
    Pattern,
    PeriodSeconds,
    Socket,
    Uuid,
    Words,
    Zone,
)


class RhythmTable(Table):
    """The keys that an agent has and that [agents] has for all of them."""

    interval: PeriodSeconds | None = None
    failure_threshold: Annotated[int, Between(1, 1000)] | None = None
    grace: Grace | None = None
    detector: DetectorName | None = None


class AgentsTable(RhythmTable):
    """What agents have that say nothing else, and which may come by themselves."""

    names: Pattern | None = None
    limit: Annotated[int, Between(1, 100_000)] | None = None
    expires: PeriodSeconds | None = None


class AgentTable(RhythmTable):
    SECRETS: ClassVar[tuple[str, ...]] = ("token",)

    name: AgentName | None = None
    cron: Cron | None = None
    zone: Zone | None = None
    group: Label | None = None
    tags: Words | None = None
    uuid: Uuid | None = None
    notify: bool | None = None
    recovery: RecoveryTable | None = None


class ListenTable(Table):
    SECRETS: ClassVar[tuple[str, ...]] = ("token", "ping_key")

    socket: Socket | None = None
    datagrams: Socket | None = None
    http: Address | None = None
    udp: Address | None = None
    tokens: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
