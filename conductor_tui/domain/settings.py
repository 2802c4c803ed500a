"""Validated settings, ready to run: what conductor.toml or discovery came to."""

from dataclasses import dataclass, field, replace

from conductor_tui.domain.check import BreakerSpec, CheckSpec, RetrySpec
from conductor_tui.domain.pause import MaintenanceWindow
from conductor_tui.domain.resources import LoadLimits
from conductor_tui.domain.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """`spacing_s` None spreads by hash; a number puts checks that far apart."""

    spacing_s: float | None = None
    max_checks_at_once: int = 128
    history_s: float = 1800.0
    drain_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """A platform: its check, and the options of its probe (that probe's own type).

    `secrets` must not be told: no text about this platform may hold one of them.
    """

    spec: CheckSpec
    options: object
    secrets: tuple[Secret, ...] = ()


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
class Settings:
    """`source` says in words where this comes from; `discover` follows listeners."""

    engine: EngineSettings = field(default_factory=EngineSettings)
    load: LoadLimits = field(default_factory=LoadLimits)
    defaults: CheckDefaults = field(default_factory=CheckDefaults)
    platforms: tuple[PlatformSettings, ...] = ()
    maintenance: tuple[MaintenanceWindow, ...] = ()
    discover: bool = False
    source: str = ""
