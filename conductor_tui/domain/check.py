"""What is checked, and what one check found."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from conductor_tui.domain.ids import PlatformName


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"  # the breaker said no: nothing was sent
    INCONCLUSIVE = "inconclusive"  # we ourselves stalled: it counts for nothing

    @property
    def is_bad(self) -> bool:
        """True when the result speaks against the platform."""
        return self in (Outcome.FAILED, Outcome.TIMED_OUT)

    @property
    def is_verdict(self) -> bool:
        """True when the platform was really asked and the answer counts."""
        return self is Outcome.PASSED or self.is_bad


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySpec:
    """How often one check may try. Waits are random exponential, capped."""

    attempts: int = 1
    wait_s: float = 0.05
    max_wait_s: float = 0.2


class TrialBy(StrEnum):
    """Whose call may be the single trial of an open breaker."""

    CHECK = "check"  # the health check, and nothing else
    ANY = "any"  # whoever comes first: the check, or a call of a client


Quorum: TypeAlias = int | float  # so many clients, or a share of those that report


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSpec:
    """When a breaker opens, and how long it stays open.

    After each failed trial the time open grows by `backoff`, up to `max_reset_s`.
    `quorum` is how many reporting clients must see `failures` failures in a row each
    until it opens for all: an int, or a share (0 < share <= 1, a float).
    """

    failures: int = 3
    reset_after_s: float = 30.0
    backoff: float = 1.0
    max_reset_s: float = 300.0
    trial: TrialBy = TrialBy.CHECK
    quorum: Quorum = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """One platform and the check that watches it, probe options left out.

    A passed check slower than `slow_after_s` is a warning; `rise` good results in a
    row make an unwell platform HEALTHY again. `depends_on` names the platforms without
    which this one cannot be well. `paused` platforms begin without checks. Under load
    the lowest `priority` (0 to 100) is shed first, what is `protected` never;
    `on_shed` says in words what is done then; "": it is checked no more, that is all.
    `origin` says in words how the name and the probe were chosen.
    """

    platform: PlatformName
    probe: str
    target: str
    interval_s: float = 5.0
    timeout_s: float = 0.2
    retry: RetrySpec = field(default_factory=RetrySpec)
    breaker: BreakerSpec = field(default_factory=BreakerSpec)
    slow_after_s: float | None = None
    rise: int = 1
    group: str = ""
    tags: tuple[str, ...] = ()
    depends_on: tuple[PlatformName, ...] = ()
    paused: bool = False
    priority: int = 50
    protected: bool = False
    on_shed: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe says. `detail` is for a person, and is never parsed.

    `warns` marks a pass that needs a look: a certificate about to expire, a check
    command that says WARNING. The breaker counts it as a pass, health as DEGRADED.
    """

    outcome: Outcome
    detail: str = ""
    warns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One finished check. `latency_s` covers all attempts and the waits between."""

    platform: PlatformName
    outcome: Outcome
    latency_s: float
    at: datetime
    detail: str = ""
    attempts: int = 1
    warns: bool = False
