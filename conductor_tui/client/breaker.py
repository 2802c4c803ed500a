"""One breaker in this process: the conductor's word, then what our own calls found.

Theory. A call takes a permit, runs, and is settled. While all is well `admit` is one
look at a field: `_clear` holds the permit that all calls share, and is None as soon as
anything is not well; then the lock is taken and it is decided. A permit is good for one
generation: what settles after a transition counted nothing, so that a call from before
a reset opens nothing, and a late trial undoes nothing. That is the rule of the
conductor's own breakers (its adapters/breaker.py); the counting is aiobreaker's.

Nothing here waits for a socket. A trial is asked for by the link's thread, and granted
to the next caller.
"""

import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import wraps
from time import monotonic
from types import TracebackType
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeAlias, TypeVar, cast

from conductor_tui.client.own import Own
from conductor_tui.client.rejected import Reason, Rejected
from conductor_tui.client.verdicts import Verdict
from conductor_tui.domain.states import BreakerState, CallOutcome
from conductor_tui.domain.text import one_line

P = ParamSpec("P")
R = TypeVar("R")
Counts: TypeAlias = (
    type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool]
)
FAILURES, RESET_AFTER_S = 3, 30.0  # where nobody says otherwise
GRANTED_S = 2.0  # a trial that no call takes in this time is given back
ASK_AGAIN_S = 1.0  # the conductor's answer may be lost with its connection
TRIAL_SOON_S = 0.1  # a trial is asked for, or under way: it ends soon


class Permit:
    """Leave for one call. `trial` is what the conductor granted, "" for a trial of our
    own; None: it is none.
    """

    __slots__ = ("is_own", "trial")

    def __init__(self, trial: str | None = None, *, is_own: bool = False) -> None:
        self.trial, self.is_own = trial, is_own


class Grant(NamedTuple):
    """The conductor lets this process try, under the breaker's `epoch`."""

    permit: str
    epoch: int
    until: float


class Link(Protocol):
    """What a breaker needs of the connection. Nothing here waits but `first_word`."""

    @property
    def is_told(self) -> bool:
        """True once there was a first word, or nobody to say it."""

    @property
    def is_connected(self) -> bool: ...

    @property
    def on_lost(self) -> str: ...

    def first_word(self) -> None:
        """Begin to listen; wait for the first word, but not for long."""

    async def first_word_async(self) -> None: ...

    def wake(self) -> None:
        """Something is to be said at once."""


class Stats(NamedTuple):
    """What is reported of a breaker."""

    epoch: int | None
    state: BreakerState
    streak: int
    error: str
    calls: int
    failed: int
    rejected: int


class Breaker:
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
        self._grant: Grant | None = None
        self._trial: Permit | None = None
        self._unused: list[tuple[str, CallOutcome, str]] = []
        self._ask_after = 0.0
        self._is_asking = False
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
        """True when a call would be let through now. Takes nothing."""
        with self._lock:
            return self._clear is not None or self._refusal(monotonic()) is None

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
        """Give leave for one call; `settle` or `cancel` it. Raises Rejected."""
        return self._clear or self._admit_slowly()

    async def admit_async(self) -> Permit:
        """The same; the first word of all is awaited, and holds up no loop."""
        if not self._link.is_told:
            await self._link.first_word_async()
        return self.admit()

    def settle(self, permit: Permit, error: BaseException | None = None) -> None:
        """Say how the call ended: with what it raised, or None."""
        if error is None and permit is self._clear and not self._own.streak:
            with self._lock:
                self._calls += 1
            return
        with self._lock:
            self._settle(permit, self._outcome(error), error)

    def cancel(self, permit: Permit) -> None:
        """The call ended without a verdict: a trial is free for another one."""
        with self._lock:
            self._settle(permit, CallOutcome.UNUSED, None)

    def __call__(self, func: Callable[P, R]) -> Callable[P, R]:
        import inspect  # five milliseconds, for who decorates only

        if inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
            words = f"{func!r} is a generator function: what it does is done later"
            raise TypeError(f"{words}; write `with breaker:` inside it")
        if inspect.iscoroutinefunction(func):
            wrapped = self._around_async(cast(Callable[P, Awaitable[Any]], func))
            return cast(Callable[P, R], wrapped)

        @wraps(func)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            permit = self._clear or self._admit_slowly()
            try:
                result = func(*args, **kwargs)
            except BaseException as error:
                self.settle(permit, error)
                raise
            self.settle(permit)
            return result

        return guarded

    def _around_async(
        self, func: Callable[P, Awaitable[Any]]
    ) -> Callable[P, Awaitable[Any]]:
        @wraps(func)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            permit = self._clear or await self.admit_async()
            try:
                result = await func(*args, **kwargs)
            except BaseException as error:
                self.settle(permit, error)
                raise
            self.settle(permit)
            return result

        return guarded

    def __enter__(self) -> "Breaker":
        self._push(self.admit())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.settle(self._pop(), error)

    async def __aenter__(self) -> "Breaker":
        self._push(self._clear or await self.admit_async())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.settle(self._pop(), error)

    def _push(self, permit: Permit) -> None:
        _entered.set((self, permit, _entered.get()))

    def _pop(self) -> Permit:
        """Return the permit of the block that ends. One that was entered in another
        context, as a fixture may be, is the trial if there is one.
        """
        entry = _entered.get()
        if entry is not None and entry[0] is self:
            _entered.set(entry[2])
            return cast(Permit, entry[1])
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
            is_new = _generation(before) != _generation(verdict)
            if is_new and before is not None:
                self._begin_generation()
            self._look()

    def hear_trial(
        self, permit: str | None, epoch: int, retry_in_s: float | None
    ) -> None:
        """The conductor's answer to one that was asked for."""
        with self._lock:
            self._is_asking, now = False, monotonic()
            if permit is None:
                self._ask_after = now + _or(retry_in_s, ASK_AGAIN_S)
                return
            self._ask_after = now
            if self._grant is not None:
                self._unused.append((self._grant.permit, CallOutcome.UNUSED, ""))
            self._grant = Grant(permit, epoch, now + GRANTED_S)

    def hear_connection(self) -> None:
        """It was made, or lost: what was asked for on another one is void."""
        with self._lock:
            self._is_asking, self._grant, self._ask_after = False, None, 0.0
            self._unused.clear()
            self._look()

    def take_asked(self) -> bool:
        """True, once, when a trial is to be asked for."""
        with self._lock:
            is_asking, self._is_asking = self._is_asking, False
            return is_asking

    def take_tried(self) -> list[tuple[str, CallOutcome, str]]:
        """Return how trials ended that were granted, and those that nobody took."""
        with self._lock:
            grant = self._grant
            if grant is not None and grant.until < monotonic():
                self._unused.append((grant.permit, CallOutcome.UNUSED, ""))
                self._grant = None
            taken, self._unused = self._unused, []
            return taken

    # Inside, with the lock held

    def _admit_slowly(self) -> Permit:
        if not self._link.is_told:
            self._link.first_word()
        with self._lock:
            now = monotonic()
            permit = self._take_trial(now)
            if permit is not None:
                return permit
            refusal = self._refusal(now)
            if refusal is None:
                return self._look()
            self._rejected += 1
            self._ask_for_trial(now)
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

    def _refusal(self, now: float) -> Rejected | None:
        link = self._link
        if link.on_lost == "deny" and link.is_told and not link.is_connected:
            return self._rejection("lost", "", 'on_lost="deny"', None)
        verdict = self._binding()
        if verdict is not None:
            reason = cast(Reason, verdict.state.value.lower())
            wait_s = verdict.retry_after(now)
            if verdict.state is BreakerState.HALF_OPEN or wait_s == 0.0:
                wait_s = TRIAL_SOON_S
            return self._rejection(reason, verdict.by, verdict.why, wait_s)
        own = self._own
        if own.state is BreakerState.CLOSED:
            return None
        wait_s = own.wait_s(now)
        why = f"{own.streak} failed in a row: {own.error}"
        if own.state is BreakerState.HALF_OPEN or wait_s == 0.0:
            why, wait_s = "its trial is under way", TRIAL_SOON_S
        return self._rejection("own", "", why, wait_s)

    def _rejection(
        self, reason: Reason, who: str, why: str, retry_after: float | None
    ) -> Rejected:
        return Rejected(self.name, reason, who, why, retry_after)

    def _take_trial(self, now: float) -> Permit | None:
        """Return a permit for the trial, if this call may be it."""
        verdict, grant = self._binding(), self._grant
        is_own = verdict is None
        if is_own and not self._is_own_due(now):
            return None
        if grant is not None and self._is_good(grant, verdict, now):
            self._grant = None
            permit = Permit(grant.permit, is_own=is_own)
        elif is_own and not self._link.is_connected:
            permit = Permit("", is_own=True)  # nobody to ask: it is ours alone
        else:
            return None
        if is_own:
            self._own.begin_trial(now)
        self._trial = permit
        return permit

    def _is_own_due(self, now: float) -> bool:
        own = self._own
        return own.state is not BreakerState.CLOSED and own.until <= now

    def _is_good(self, grant: Grant, verdict: Verdict | None, now: float) -> bool:
        """The word that a grant stands under may come behind it, but not before."""
        if grant.until < now:
            return False
        told = self._verdict
        if told is None:
            return False
        if verdict is None:
            return grant.epoch == told.epoch
        return verdict.state is not BreakerState.HELD and grant.epoch >= told.epoch

    def _ask_for_trial(self, now: float) -> None:
        verdict = self._binding()
        if verdict is None:
            is_due = self._is_own_due(now) and self._verdict is not None
        else:
            is_due = verdict.is_trial_due(now)
        if not is_due or self._grant is not None or now < self._ask_after:
            return
        self._ask_after, self._is_asking = now + ASK_AGAIN_S, True
        self._link.wake()

    def _settle(
        self, permit: Permit, outcome: CallOutcome, error: BaseException | None
    ) -> None:
        self._calls += 1
        if outcome is CallOutcome.FAILED:
            self._failed += 1
        words = _words(error) if outcome is CallOutcome.FAILED else ""
        if permit.trial:
            self._unused.append((permit.trial, outcome, words))
            self._link.wake()
        is_trial = permit is self._trial
        if is_trial:
            self._trial = None
        if is_trial if permit.trial is not None else permit is self._current:
            self._count(permit, outcome, words)

    def _count(self, permit: Permit, outcome: CallOutcome, words: str) -> None:
        """Let it count: nothing has moved since the permit was given."""
        own, now, was = self._own, monotonic(), self._own.state
        if permit.trial is not None and not permit.is_own:
            return  # the conductor counts it, and tells everybody
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
        is_well = is_well and self._refusal(monotonic()) is None
        self._clear = self._current if is_well else None
        return self._current

    def _outcome(self, error: BaseException | None) -> CallOutcome:
        if error is None:
            return CallOutcome.PASSED
        if not isinstance(error, Exception) or isinstance(error, Rejected):
            return CallOutcome.UNUSED
        counts = self._counts
        if isinstance(counts, type | tuple):
            is_failure = isinstance(error, counts)
        else:
            is_failure = counts(error)
        return CallOutcome.FAILED if is_failure else CallOutcome.PASSED


_entered: ContextVar[Any] = ContextVar("entered", default=None)


def _generation(verdict: Verdict | None) -> tuple[int, BreakerState] | None:
    return None if verdict is None else (verdict.epoch, verdict.state)


def _or(given: float | None, usual: float) -> float:
    return usual if given is None else given


def _words(error: BaseException | None) -> str:
    return one_line(f"{type(error).__name__}: {error}", 200)
