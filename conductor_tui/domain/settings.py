"""Validated settings, ready to run: what conductor.toml or discovery came to."""

from dataclasses import dataclass, field

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.resources import LoadLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """`spacing_s` None spreads by hash; a number puts checks that far apart."""

    spacing_s: float | None = None
    max_checks_at_once: int = 128
    history_s: float = 1800.0
    drain_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """A platform: its check, and the options of its probe (that probe's own type)."""

    spec: CheckSpec
    options: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`source` says in words where this comes from; `discover` follows listeners."""

    engine: EngineSettings = field(default_factory=EngineSettings)
    load: LoadLimits = field(default_factory=LoadLimits)
    platforms: tuple[PlatformSettings, ...] = ()
    discover: bool = False
    source: str = ""
