"""Validated settings, ready to run: what conductor.toml or discovery came to."""

from dataclasses import dataclass, field, replace

from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.alert_settings import (
    AlertSettings,
    JournalSettings,
    RecoverySettings,
)
from conductor_tui.domain.check import BreakerSpec, CheckSpec, RetrySpec
from conductor_tui.domain.dispatch import DispatchSettings
from conductor_tui.domain.ids import AgentId, PluginName
from conductor_tui.domain.pause import MaintenanceWindow
from conductor_tui.domain.plugin import PluginSettings
from conductor_tui.domain.resources import LoadLimits
from conductor_tui.domain.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """`spacing_s` None spreads by hash; a number puts checks that far apart."""

    spacing_s: float | None = None
    max_checks_at_once: int = 128
    history_s: float = 1800.0
    drain_s: float = 2.0


@dataclass(frozen=True, slots=True)
class PluginSwitch:
    """A plug-in enabled or disabled, as an action of shedding."""

    plugin: PluginName
    is_on: bool

    @property
    def words(self) -> str:
        return f"{'enable' if self.is_on else 'disable'} plug-in {self.plugin}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShedAction:
    """What is done to a platform: `action` is a PluginSwitch, or the options of a
    mender, of its kind's own type.
    """

    action: object
    words: str = ""
    timeout_s: float = 30.0
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShedSettings:
    """How a platform makes room under load, and how it comes back."""

    shed: ShedAction
    restore: ShedAction


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """A platform: its check, and the options of its probe (that probe's own type).

    `secrets` must not be told: no text about this platform may hold one of them.
    """

    spec: CheckSpec
    options: object
    secrets: tuple[Secret, ...] = ()
    recovery: RecoverySettings | None = None
    shedding: ShedSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDefaults:
    """How a platform is checked where its own table does not say otherwise.

    Platforms from a file have these already; discovered ones get them by `applied_to`.
    """

    interval_s: float = 5.0
    timeout_s: float = 0.2
    retry: RetrySpec = field(default_factory=RetrySpec)
    breaker: BreakerSpec = field(default_factory=BreakerSpec)
    slow_after_s: float | None = None
    rise: int = 1

    def applied_to(self, platform: PlatformSettings) -> PlatformSettings:
        """Return the platform with these in place of its own."""
        spec = replace(
            platform.spec,
            interval_s=self.interval_s,
            timeout_s=self.timeout_s,
            retry=self.retry,
            breaker=self.breaker,
            slow_after_s=self.slow_after_s,
            rise=self.rise,
        )
        return replace(platform, spec=spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """An agent, and how others may speak for it.

    `uuid` is its ping URL's; `token` opens its own doors (Bearer, push URL); with
    `notify` it has a socket of its own for sd_notify.
    """

    spec: AgentSpec
    uuid: str = ""
    token: Secret | None = None
    notify: bool = False
    recovery: RecoverySettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSettings:
    """Which agents may come by their first beat: `names` is a regular expression for
    the whole name, "" lets nobody in. At most `limit` of them, with the rhythm of
    `usual`; who is silent for `expires_s` is forgotten.
    """

    names: str = ""
    limit: int = 1000
    expires_s: float = 86_400.0
    usual: AgentSpec = field(default_factory=lambda: AgentSpec(agent=AgentId("")))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenSettings:
    """Where heartbeats come in.

    `socket` (HTTP) and `datagrams` are paths of unix sockets: "" for none, None for
    the usual place. `http` and `udp` are "host:port", "" for none. Who comes by TCP
    needs `token`, or one of the file `tokens` (None: the usual one); with `certificate`
    and `key` (paths) it is TLS. `ping_key` is in the ping URLs that go by an agent's
    name.
    """

    socket: str | None = None
    datagrams: str | None = None
    http: str = ""
    udp: str = ""
    token: Secret | None = None
    ping_key: Secret | None = None
    tokens: str | None = None
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`source` says in words where this comes from; `discover` follows listeners.
    `plugin_folder` is where single-file plug-ins are (None: the usual folder).
    """

    engine: EngineSettings = field(default_factory=EngineSettings)
    load: LoadLimits = field(default_factory=LoadLimits)
    defaults: CheckDefaults = field(default_factory=CheckDefaults)
    platforms: tuple[PlatformSettings, ...] = ()
    maintenance: tuple[MaintenanceWindow, ...] = ()
    agents: tuple[AgentSettings, ...] = ()
    create: CreateSettings = field(default_factory=CreateSettings)
    listen: ListenSettings = field(default_factory=ListenSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    journal: JournalSettings = field(default_factory=JournalSettings)
    plugins: tuple[PluginSettings, ...] = ()
    plugin_folder: str | None = None
    requests: DispatchSettings = field(default_factory=DispatchSettings)
    discover: bool = False
    source: str = ""
