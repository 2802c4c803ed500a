"""One breaker in this process: the conductor's word, then what our own calls found.

Theory. A call takes a permit, runs, and is settled. While all is well `admit` is one
look at a field: `_clear` holds the permit that all calls share, and is None as soon as
anything is not well; then the lock is taken and it is decided. A permit is good for one
generation: what settles after a transition counts for nothing, so that a call from
before a reset opens nothing, and a late trial undoes nothing. That is the rule of the
conductor's own breakers (its adapters/breaker.py); the counting is aiobreaker's.

Nothing here waits for a socket. A trial is asked for by the link's thread, and granted
to the next caller.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

from conductor_tui.client.guard import Guard
from conductor_tui.client.own import Own
from conductor_tui.client.permits import Grant, Link, Permit, Stats, Tried
from conductor_tui.client.rejected import Reason, Rejected
from conductor_tui.client.trials import GRANTED_S, Trials
from conductor_tui.client.verdicts import Verdict
from conductor_tui.domain.states import BreakerState, CallOutcome
from conductor_tui.domain.text import one_line

Counts: TypeAlias = (
    type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool]
)
FAILURES, RESET_AFTER_S = 3, 30.0  # where nobody says otherwise
_REASONS: dict[BreakerState, Reason] = {
    BreakerState.HELD: "held",
    BreakerState.OPEN: "open",
    BreakerState.HALF_OPEN: "half_open",
}
TRIAL_SOON_S = 0.1  # a trial is asked for, or under way: it ends soon


class Breaker(Guard):
    """Made by `Client.breaker`. Decorates functions, plain and async; is a context
    manager, plain and async; or is asked by `admit` and told by `settle` or `cancel`.
    Safe from any thread and task. Every way raises Rejected when the call must not be
    made. An exception that does not count (see `Client.breaker`) is a success; what is
    no Exception, such as a cancellation, is neither.
    """

    def __init__(
        self,
        name: str,
        link: Link,
        *,
        failures: int | None,
        reset_after_s: float | None,
        counts: Counts,
    ) -> None:
        self.name, self._link, self._counts = name, link, counts
        self._given = (failures, reset_after_s)
        self._verdict: Verdict | None = None
        self._has_lapsed = False  # the word's own end came while nobody was heard
        self._own = Own(failures or FAILURES, _or(reset_after_s, RESET_AFTER_S))
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what this process did: after a fork it is another one."""
        self._lock = threading.RLock()  # a finalizer may come in the middle of anything
        self._calls = self._failed = self._rejected = 0
        self._trial: Permit | None = None
        self._trials = Trials()
        self._clear: Permit | None = None
        self._current = Permit()
        if self._own.state is BreakerState.HALF_OPEN:
            self._own.end_unused(monotonic())

    def __repr__(self) -> str:
        return f"<Breaker {self.name!r} {self.state}>"

    # What it is

    @property
    def state(self) -> BreakerState:
        """The conductor's state; where that is CLOSED, or unknown, our own."""
        verdict = self._verdict
        if verdict is not None and not verdict.admits:
            return verdict.state
        return self._own.state

    @property
    def is_admitting(self) -> bool:
        """True when a call would be let through now, other than as a trial."""
        with self._lock:
            return self._clear is not None or self._is_open_to_all

    def stats(self) -> Stats:
        with self._lock:
            own, verdict = self._own, self._verdict
            return Stats(
                None if verdict is None else verdict.epoch,
                own.state,
                own.streak,
                own.error,
                self._calls,
                self._failed,
                self._rejected,
            )

    # A call

    def admit(self) -> Permit:
        return self._clear or self._admit_slowly()

    async def admit_async(self) -> Permit:
        if not self._link.is_told:
            await self._link.first_word_async()
        return self._clear or self._admit_slowly()

    def settle(self, permit: Permit, error: BaseException | None = None) -> None:
        if error is None and permit is self._clear and not self._own.streak:
            with self._lock:
                self._calls += 1
            return
        outcome = self._outcome(error)  # a function of the program's: without the lock
        words = _words(error) if outcome is CallOutcome.FAILED else ""
        with self._lock:
            self._settle(permit, outcome, words)

    def cancel(self, permit: Permit) -> None:
        """The call ended without a verdict: a trial is free for another one."""
        with self._lock:
            self._settle(permit, CallOutcome.UNUSED, "")

    def stray(self) -> Permit:
        """See Guard. It is the trial, if there is one: a trial must not be lost."""
        return self._trial or self._current

    # What the link tells

    def hear(self, verdict: Verdict | None) -> None:
        """The conductor's newest word; None: it has no such breaker."""
        with self._lock:
            before, self._verdict = self._verdict, verdict
            self._has_lapsed = False
            if verdict is not None:
                failures, reset_after_s = self._given
                self._own.failures = failures or verdict.failures
                self._own.reset_after_s = _or(reset_after_s, verdict.reset_after_s)
            if before is not None and _generation(before) != _generation(verdict):
                self._begin_generation()
            self._look()

    def hear_trial(
        self, permit: str | None, epoch: int, retry_in_s: float | None
    ) -> None:
        """The conductor's answer to one that was asked for."""
        now = monotonic()
        grant = None if permit is None else Grant(permit, epoch, now + GRANTED_S)
        with self._lock:
            self._trials.hear(grant, now, retry_in_s)

    def hear_connection(self) -> None:
        """It was made, or lost: what was asked for on another one is void."""
        with self._lock:
            self._trials.void()
            self._look()

    def take_asked(self) -> bool:
        """True, once, when a trial is to be asked for."""
        with self._lock:
            return self._trials.take_asked()

    def take_tried(self) -> list[Tried]:
        """Return how trials ended that were granted, and those that nobody took."""
        with self._lock:
            return self._trials.take_tried(monotonic())

    # Inside, with the lock held

    def _admit_slowly(self) -> Permit:
        if not self._link.is_told:
            self._link.first_word()
        with self._lock:
            now, verdict = monotonic(), self._binding()
            permit = self._take_trial(verdict, now)
            if permit is not None:
                return permit
            refusal = self._refusal(verdict, now)
            if refusal is None:
                return self._look()
            self._rejected += 1
            self._ask_for_trial(verdict, now)
        raise refusal

    def _binding(self) -> Verdict | None:
        """Return the word that stops calls; None: there is none."""
        verdict = self._verdict
        if verdict is None or verdict.admits:
            return None
        if self._link.is_connected:
            return verdict
        if self._link.on_lost == "allow":
            return None
        self._lapse(verdict)
        return None if self._has_lapsed else verdict

    def _lapse(self, verdict: Verdict) -> None:
        """Nobody is heard, and a trial is due: it is ours, and so is what follows. A
        hold without an end has none.
        """
        now = monotonic()
        is_due = verdict.retry_at is not None and verdict.retry_at <= now
        if self._has_lapsed or not (is_due or verdict.state is BreakerState.HALF_OPEN):
            return
        self._has_lapsed = True
        self._own.open_due(now, verdict.why)

    def _refusal(self, verdict: Verdict | None, now: float) -> Rejected | None:
        link, name = self._link, self.name
        if link.on_lost == "deny" and link.is_told and not link.is_connected:
            return Rejected(name, "lost", "", 'on_lost="deny"', None)
        own = self._own
        if verdict is not None:
            reason = _REASONS[verdict.state]
            wait_s = verdict.retry_after(now)
            if verdict.state is BreakerState.HALF_OPEN or wait_s == 0.0:
                wait_s = TRIAL_SOON_S
            return Rejected(name, reason, verdict.by, verdict.why, wait_s)
        if own.state is BreakerState.CLOSED:
            return None
        wait_s = own.wait_s(now)
        if own.state is BreakerState.HALF_OPEN or wait_s == 0.0:
            return Rejected(name, "own", "", "its trial is under way", TRIAL_SOON_S)
        why = f"{own.streak} failed in a row: {own.error}"
        return Rejected(name, "own", "", why, wait_s)

    def _take_trial(self, verdict: Verdict | None, now: float) -> Permit | None:
        """Return a permit for the trial, if this call may be it."""
        is_own, grant = verdict is None, self._trials.grant
        if not self._own.is_due(now) if is_own else grant is None:
            return None
        if grant is not None and self._is_good(grant, verdict, now):
            permit = Permit(self._trials.take(), is_own=is_own)
        elif is_own and not self._is_lent:
            permit = Permit("", is_own=True)
        else:
            return None
        if is_own:
            self._own.begin_trial(now)
        self._trial = permit
        return permit

    @property
    def _is_lent(self) -> bool:
        """True where the conductor can lend a trial: it is there, and knows of us."""
        return self._link.lends and self._verdict is not None

    def _is_good(self, grant: Grant, verdict: Verdict | None, now: float) -> bool:
        """The word that a grant stands under may come behind it, but not before."""
        told = self._verdict
        if told is None or grant.until < now:
            return False
        if verdict is None:
            return grant.epoch == told.epoch
        return verdict.state is not BreakerState.HELD and grant.epoch >= told.epoch

    def _ask_for_trial(self, verdict: Verdict | None, now: float) -> None:
        is_due = self._own.is_due if verdict is None else verdict.is_trial_due
        if is_due(now) and self._is_lent and self._trials.ask(now):
            self._link.wake()

    def _settle(self, permit: Permit, outcome: CallOutcome, words: str) -> None:
        self._calls += 1
        self._failed += outcome is CallOutcome.FAILED
        if permit.trial:
            self._trials.end(Tried(permit.trial, outcome, words))
            self._link.wake()
        if permit is self._trial:
            self._trial = None
            if permit.is_own:  # else the conductor counts it, and tells everybody
                self._count(permit, outcome, words)
        elif permit is self._current:
            self._count(permit, outcome, words)

    def _count(self, permit: Permit, outcome: CallOutcome, words: str) -> None:
        """Let it count: nothing has moved since the permit was given."""
        own, now, was = self._own, monotonic(), self._own.state
        if outcome is CallOutcome.PASSED:
            own.passed()
        elif outcome is CallOutcome.FAILED:
            own.failed(now, words)
        elif permit.is_own:
            own.end_unused(now)
        if own.state is not was:
            self._current = Permit()
            self._link.wake()
        self._look()

    def _begin_generation(self) -> None:
        """A new word of the conductor: what was counted under the old one is over."""
        self._current, self._trial = Permit(), None
        if self._verdict is not None and self._verdict.admits:
            self._own.passed()
        elif self._own.state is BreakerState.HALF_OPEN:
            self._own.end_unused(monotonic())

    def _look(self) -> Permit:
        """Open the short way if all is well, else close it."""
        is_well = self._link.is_told and self._own.state is BreakerState.CLOSED
        self._clear = self._current if is_well and self._is_open_to_all else None
        return self._current

    @property
    def _is_open_to_all(self) -> bool:
        return self._refusal(self._binding(), monotonic()) is None

    def _outcome(self, error: BaseException | None) -> CallOutcome:
        if error is None:
            return CallOutcome.PASSED
        if not isinstance(error, Exception) or isinstance(error, Rejected):
            return CallOutcome.UNUSED
        counts = self._counts
        if isinstance(counts, type | tuple):
            is_failure = isinstance(error, counts)
        else:
            try:
                is_failure = counts(error)
            except Exception:  # the program's own function: the call's error goes first
                is_failure = True
        return CallOutcome.FAILED if is_failure else CallOutcome.PASSED


def _generation(verdict: Verdict | None) -> tuple[int, BreakerState] | None:
    return None if verdict is None else (verdict.epoch, verdict.state)


def _or(given: float | None, usual: float) -> float:
    return usual if given is None else given


def _words(error: BaseException | None) -> str:
    name = type(error).__name__
    try:
        return one_line(f"{name}: {error}", 200)
    except Exception:  # its __str__ is the program's own, too
        return name
