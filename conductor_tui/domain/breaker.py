"""What screen and journal know of a breaker. aiobreaker decides; this records."""

from dataclasses import dataclass
from datetime import datetime

from conductor_tui.domain.ids import Epoch
from conductor_tui.domain.states import BreakerState

__all__ = ["CONFIRMED", "BreakerState", "BreakerView", "Hold"]

CONFIRMED = "confirmed by"  # the beginning of a breaker's why, behind a confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A trip's who, why and until when. `until` None: until somebody resets it.

    Unless somebody confirms it before `confirm_by` it undoes itself; None: it stands.
    """

    by: str
    why: str
    at: datetime
    until: datetime | None = None
    origin: str = ""
    confirm_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerView:
    """A breaker as it was left by transition number `epoch`.

    `failures` counts failed calls in a row against `limit`. `retry_at` is when a
    trial is due; None while CLOSED, HALF_OPEN or held without end.
    """

    state: BreakerState = BreakerState.CLOSED
    epoch: Epoch = Epoch(0)
    since: datetime | None = None
    failures: int = 0
    limit: int = 3
    retry_at: datetime | None = None
    hold: Hold | None = None
    why: str = ""
    by: str = ""

    @property
    def confirm_by(self) -> datetime | None:
        """When a trip undoes itself unless it is confirmed; None: it stands."""
        is_held = self.state is BreakerState.HELD
        return self.hold.confirm_by if is_held and self.hold else None
