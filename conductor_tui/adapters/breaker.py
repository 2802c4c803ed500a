"""aiobreaker behind our clock and our words. The only file that imports it.

Theory. aiobreaker 1.2 owns the counter, the threshold and the transitions, but it
decides while a call is in flight: concurrent calls, timeouts around it and operators
race with it, and it dates things by two different wall clocks. So a call here takes
a permit first, runs, and is settled afterwards: the outcome is replayed through
aiobreaker in one synchronous step, in which nothing else can happen.

A permit carries the breaker's epoch, the number of its last transition. What settles
under a newer epoch is stale and says nothing: a trial that passes cannot undo a trip
made meanwhile, and a call from before a reset cannot reopen the breaker. HALF_OPEN
gives out one permit, the trial. HELD is aiobreaker's OPEN plus a `Hold` of ours that
its timeouts do not see. Deadlines are on the monotonic clock.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeVar

from aiobreaker import CircuitBreaker, CircuitBreakerError, CircuitBreakerState
from aiobreaker.storage.base import CircuitBreakerStorage

from conductor_tui.domain.breaker import CONFIRMED, BreakerState, BreakerView, Hold
from conductor_tui.domain.check import BreakerSpec, Finding, Outcome, TrialBy
from conductor_tui.domain.errors import CallRefused
from conductor_tui.domain.events import BreakerChanged
from conductor_tui.domain.ids import CommandId, Epoch, PlatformName
from conductor_tui.ports import Clock, Permit

T = TypeVar("T")
CHECKS = "checks"  # who moved the breaker, when no person did


class _Memory(CircuitBreakerStorage):  # type: ignore[misc]
    """Plain fields: what aiobreaker keeps, without its clock. Never fails or blocks."""

    state: Any = CircuitBreakerState.CLOSED
    counter: Any = 0
    opened_at: Any = None

    def __init__(self) -> None:
        super().__init__("memory")
        self.state, self.counter = CircuitBreakerState.CLOSED, 0

    def increment_counter(self) -> None:
        self.counter += 1

    def reset_counter(self) -> None:
        self.counter = 0


class _BadFinding(Exception):
    """What is raised inside the replay when a call failed. Never leaves this file."""


class PlatformBreaker(CircuitBreaker):  # type: ignore[misc]
    """One platform's breaker. Satisfies ports.Gate."""

    def __init__(self, platform: PlatformName, spec: BreakerSpec, clock: Clock) -> None:
        self._memory = _Memory()
        super().__init__(
            fail_max=spec.failures,
            timeout_duration=timedelta(seconds=spec.reset_after_s),
            state_storage=self._memory,
            name=platform,
        )
        self._platform, self._spec, self._clock = platform, spec, clock
        self._view = BreakerView(limit=spec.failures)
        self._deadline: float | None = None
        self._trial: object | None = None
        self._open_s = spec.reset_after_s  # how long it stays open the next time
        self._last_detail = ""
        self._moves: list[BreakerChanged] = []
        self.stale = 0

    # What it is

    @property
    def view(self) -> BreakerView:
        """See ports.Gate. `retry_at` is told from the monotonic deadline, anew."""
        failures = min(self._memory.counter, self._spec.failures)
        retry_at = self._retry_at()
        if (failures, retry_at) != (self._view.failures, self._view.retry_at):
            self._view = replace(self._view, failures=failures, retry_at=retry_at)
        return self._view

    @property
    def opens_at(self) -> datetime | None:
        """aiobreaker's name for `retry_at`; None when no trial is scheduled."""
        return self._retry_at()

    @property
    def time_until_open(self) -> timedelta | None:
        left_s = self._left_s()
        return None if left_s is None else timedelta(seconds=left_s)

    def drain(self) -> tuple[BreakerChanged, ...]:
        moves, self._moves = tuple(self._moves), []
        return moves

    # A call

    def admit(self, *, health_check: bool = False) -> Permit:
        """See ports.Gate. Nothing is awaited between looking and taking."""
        if self._view.state is BreakerState.CLOSED:
            return Permit(self._view.epoch)
        if self._view.state is not BreakerState.HALF_OPEN:
            self._await_deadline()
        if not health_check and self._spec.trial is not TrialBy.ANY:
            self._refuse("waiting for its trial", 0.0)
        if self._view.state is not BreakerState.HALF_OPEN:
            self.half_open()
        if self._trial is not None:
            self._refuse("its trial is under way", 0.0)
        self._trial = object()
        return Permit(self._view.epoch, self._trial)

    def stands(self, permit: Permit) -> bool:
        return permit.epoch == self._view.epoch

    def settle(self, permit: Permit, finding: Finding | None) -> None:
        if permit.trial is not None and permit.trial is self._trial:
            self._trial = None
        if finding is None or not finding.outcome.is_verdict:
            return
        if not self.stands(permit):
            self.stale += 1
            return
        self._last_detail = finding.detail
        if finding.outcome.is_bad or not self._is_spotless:
            self._replay(finding.outcome)

    def call(self, func: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a plain function as one call. Raises CallRefused when it was not run.

        Raises TypeError for a coroutine function: it would count as passed before
        it ran.
        """
        if inspect.iscoroutinefunction(func):
            raise TypeError(f"{func!r} is a coroutine function: use call_async")
        permit = self.admit(health_check=True)
        finding: Finding | None = None
        try:
            result = func(*args, **kwargs)
            finding = Finding(Outcome.PASSED)
        except Exception as error:
            finding = Finding(Outcome.FAILED, str(error))
            raise
        finally:
            self.settle(permit, finding)
        return result

    async def call_async(
        self, func: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any
    ) -> T:
        """Run a coroutine function as one call; its own error comes through.

        Raises CallRefused when it was not run. Cancellation is no verdict.
        """
        permit = self.admit(health_check=True)
        finding: Finding | None = None
        try:
            result = await func(*args, **kwargs)
            finding = Finding(Outcome.PASSED)
        except Exception as error:
            finding = Finding(Outcome.FAILED, str(error))
            raise
        finally:
            self.settle(permit, finding)
        return result

    # What an operator asks for

    def trip(self, hold: Hold, ttl_s: float | None, command: CommandId) -> None:
        self._move(BreakerState.HELD, hold.why, hold.by, ttl_s, hold, command)

    def release(self, by: str, why: str, command: CommandId | None) -> None:
        self._move(BreakerState.OPEN, why, by, 0.0, None, command)

    def reset(self, by: str, why: str, command: CommandId) -> None:
        self._open_s = self._spec.reset_after_s
        self._move(BreakerState.CLOSED, why, by, None, None, command)

    def confirm(self, by: str, command: CommandId) -> None:
        hold = self._view.hold
        if hold is None:
            return
        stands = replace(hold, confirm_by=None)
        self._view = replace(self._view, hold=stands, why=f"{CONFIRMED} {by}")
        self._tell(self._view.state, command)

    def restore(
        self,
        before: BreakerView,
        by: str,
        command: CommandId | None,
        why: str = "undone",
    ) -> None:
        left_s: float | None = None
        if before.retry_at is not None:
            left_s = max(0.0, (before.retry_at - self._clock.now()).total_seconds())
        state = before.state
        if state is BreakerState.HALF_OPEN:  # its trial is gone: another one is due
            state, left_s = BreakerState.OPEN, 0.0
        why = why if state is BreakerState.CLOSED else before.why
        self._move(
            state, why, by, left_s, before.hold, command, failures=before.failures
        )

    def open_for(self, by: str, why: str) -> None:
        if self._view.state is BreakerState.CLOSED:
            self._move(BreakerState.OPEN, why, by, self._open_s)

    def recall(self, before: BreakerView) -> None:
        """See ports.Gate. Deadlines go on by the wall clock, but never beyond what was
        granted: that clock may have been set back.
        """
        state, left_s = before.state, self._left_of(before)
        if state is BreakerState.HALF_OPEN:  # its trial is gone: another one is due
            state, left_s = BreakerState.OPEN, 0.0
        self._deadline = None if left_s is None else self._clock.monotonic() + left_s
        self._memory.state = _FOREIGN[state]
        self.state = _FOREIGN[state]
        self._memory.counter = before.failures
        self._view = replace(before, state=state, limit=self._spec.failures)

    def reconfigure(self, spec: BreakerSpec) -> None:
        """See ports.Gate. A failure limit that is reached already opens at the next
        failure; a time open that runs now runs on.
        """
        self._spec = spec
        self.fail_max = spec.failures
        self._open_s = spec.reset_after_s
        self._view = replace(self._view, limit=spec.failures)

    # What aiobreaker decides: its state objects call these during a replay

    def open(self) -> None:
        if self._view.state is BreakerState.HALF_OPEN:
            self._open_s = self._longer(self._open_s)
            why = f"the trial failed: {self._last_detail}"
        else:
            why = f"{self.fail_counter} failed in a row: {self._last_detail}"
        self._move(BreakerState.OPEN, why, CHECKS, self._open_s)

    def half_open(self) -> None:
        self._move(BreakerState.HALF_OPEN, "a trial is due", CHECKS)

    def close(self) -> None:
        self._open_s = self._spec.reset_after_s
        self._move(BreakerState.CLOSED, "the trial passed", CHECKS)

    # Inside

    @property
    def _is_spotless(self) -> bool:
        """True where one more success changes nothing: nearly always."""
        return self._view.state is BreakerState.CLOSED and not self._memory.counter

    def _replay(self, outcome: Outcome) -> None:
        """Let aiobreaker count the outcome, and make the transition that follows."""

        def outcome_again() -> None:
            if outcome.is_bad:
                raise _BadFinding

        try:
            super().call(outcome_again)
        except (_BadFinding, CircuitBreakerError):
            return  # the finding is already told; the transition, if any, is made

    def _move(
        self,
        state: BreakerState,
        why: str,
        by: str,
        left_s: float | None = None,
        hold: Hold | None = None,
        command: CommandId | None = None,
        failures: int | None = None,
    ) -> None:
        was = self._view.state
        self._deadline = None if left_s is None else self._clock.monotonic() + left_s
        self._trial = None
        self._memory.state = _FOREIGN[state]
        self.state = _FOREIGN[state]  # aiobreaker's public setter: its state object
        if failures is not None:  # an undo: aiobreaker has just set it to 0
            self._memory.counter = failures
        self._view = BreakerView(
            state=state,
            epoch=Epoch(self._view.epoch + 1),
            since=self._clock.now(),
            limit=self._spec.failures,
            hold=hold,
            why=why,
            by=by,
        )
        self._tell(was, command)

    def _tell(self, was: BreakerState, command: CommandId | None) -> None:
        self._moves.append(
            BreakerChanged(
                platform=self._platform, was=was, breaker=self.view, command=command
            )
        )

    def _await_deadline(self) -> None:
        left_s = self._left_s()
        if left_s is None or left_s > 0:
            self._refuse(f"breaker {self._view.state}", left_s)

    def _refuse(self, why: str, left_s: float | None) -> NoReturn:
        raise CallRefused(self._platform, why, left_s)

    def _longer(self, open_s: float) -> float:
        """Capped at each step: a power of all failed trials overflows in a week."""
        longest = max(self._spec.max_reset_s, self._spec.reset_after_s)
        return min(open_s * self._spec.backoff, longest)

    def _left_of(self, before: BreakerView) -> float | None:
        if before.retry_at is None:
            return 0.0 if before.state is BreakerState.OPEN else None
        left_s = (before.retry_at - self._clock.now()).total_seconds()
        granted_s = max(self._spec.max_reset_s, self._spec.reset_after_s)
        if before.since is not None:
            granted_s = (before.retry_at - before.since).total_seconds()
        return max(0.0, min(left_s, granted_s))

    def _left_s(self) -> float | None:
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - self._clock.monotonic())

    def _retry_at(self) -> datetime | None:
        left_s = self._left_s()
        if left_s is None:
            return None
        return self._clock.now() + timedelta(seconds=left_s)


_FOREIGN = {
    BreakerState.CLOSED: CircuitBreakerState.CLOSED,
    BreakerState.OPEN: CircuitBreakerState.OPEN,
    BreakerState.HELD: CircuitBreakerState.OPEN,
    BreakerState.HALF_OPEN: CircuitBreakerState.HALF_OPEN,
}
