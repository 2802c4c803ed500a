"""Results in, health out: the one rule for platforms, with a check as the beat."""

from dataclasses import dataclass
from enum import StrEnum

from conductor_tui.domain.check import Outcome


class Health(StrEnum):
    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    CRITICAL = "CRITICAL"
    FAILED = "FAILED"

    @property
    def severity(self) -> int:
        """0 for HEALTHY up to 3 for FAILED; UNKNOWN is -1: nothing was said yet."""
        return list(Health).index(self) - 1


@dataclass(frozen=True, slots=True)
class HealthRun:
    """A verdict, the run of bad results behind it, and the good ones that argue
    against it.
    """

    health: Health = Health.UNKNOWN
    bad: int = 0
    good: int = 0


_WELL, _WARNED = HealthRun(Health.HEALTHY), HealthRun(Health.DEGRADED)


def observe(
    run: HealthRun,
    outcome: Outcome,
    *,
    failures: int,
    rise: int = 1,
    warns: bool = False,
) -> HealthRun:
    """Fold one result in. The run of bad results decides: 0 HEALTHY, 1 DEGRADED,
    2 CRITICAL, `failures` (>= 1) or more FAILED. A passed result that `warns` is
    DEGRADED. A result that is no verdict (refused, inconclusive) changes nothing.

    It takes `rise` (>= 1) good results in a row to end a run of bad ones; until then
    the verdict stands, and one more bad result goes on where the run was.
    """
    if outcome is Outcome.PASSED:
        if run.bad and run.good + 1 < rise:
            return HealthRun(run.health, run.bad, run.good + 1)
        return _WARNED if warns else _WELL
    if not outcome.is_bad:
        return run
    bad = run.bad + 1
    if bad >= failures:
        return HealthRun(Health.FAILED, bad)
    return HealthRun(Health.DEGRADED if bad == 1 else Health.CRITICAL, bad)
