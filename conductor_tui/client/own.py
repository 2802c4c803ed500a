"""What a process's own calls make of a breaker: aiobreaker's rule, with one trial.

`failures` in a row open it for `reset_after_s`; then one call is the trial, which
closes it or opens it again. Pure: `now` is monotonic seconds. Only who holds the
lock of its breaker may call it.
"""

from conductor_tui.domain.states import BreakerState

TRIAL_S = 60.0  # a trial that takes longer is given up: another may try


class Own:
    """One breaker's own counting. `error` is the newest failure in words."""

    __slots__ = ("error", "failures", "reset_after_s", "state", "streak", "until")

    def __init__(self, failures: int, reset_after_s: float) -> None:
        self.failures, self.reset_after_s = failures, reset_after_s
        self.state, self.streak, self.error = BreakerState.CLOSED, 0, ""
        self.until = 0.0  # OPEN: when a trial is due; HALF_OPEN: when it is given up

    def wait_s(self, now: float) -> float:
        """Return how long until a trial may begin: 0.0 when one may now."""
        return 0.0 if self.state is BreakerState.CLOSED else max(0.0, self.until - now)

    def is_due(self, now: float) -> bool:
        """True when it is open, and a call may be its trial."""
        return self.state is not BreakerState.CLOSED and self.until <= now

    def begin_trial(self, now: float) -> None:
        self.state, self.until = BreakerState.HALF_OPEN, now + TRIAL_S

    def end_unused(self, now: float) -> None:
        """The trial was none: another call may be it."""
        self.state, self.until = BreakerState.OPEN, now

    def open_due(self, now: float, error: str) -> None:
        """It is open on the word of others, and a trial is due."""
        if self.state is BreakerState.CLOSED:
            self.state, self.until, self.error = BreakerState.OPEN, now, error

    def passed(self) -> None:
        self.state, self.streak, self.error = BreakerState.CLOSED, 0, ""

    def failed(self, now: float, error: str) -> bool:
        """Count it. Returns True when that opened it."""
        self.streak, self.error = self.streak + 1, error
        is_trial = self.state is BreakerState.HALF_OPEN
        if self.streak < self.failures and not is_trial:
            return False
        self.state, self.until = BreakerState.OPEN, now + self.reset_after_s
        return True
