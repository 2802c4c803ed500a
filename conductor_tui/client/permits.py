"""What breaker, link and callers hand to each other."""

from typing import NamedTuple, Protocol

from conductor_tui.domain.states import BreakerState, CallOutcome


class Permit:
    """Leave for one call. `trial` is what the conductor lent, "" for a trial that is
    ours alone; None: it is none. `is_own`: of the breaker that our own calls opened.
    """

    __slots__ = ("is_own", "trial")

    def __init__(self, trial: str | None = None, *, is_own: bool = False) -> None:
        self.trial, self.is_own = trial, is_own


class Grant(NamedTuple):
    """The conductor lets this process try, under the breaker's `epoch`, if a call comes
    before `until` (monotonic seconds).
    """

    permit: str
    epoch: int
    until: float


class Tried(NamedTuple):
    """How a trial ended that the conductor had lent."""

    permit: str
    outcome: CallOutcome
    error: str = ""


class Stats(NamedTuple):
    """What is reported of a breaker."""

    epoch: int | None
    state: BreakerState
    streak: int
    error: str
    calls: int
    failed: int
    rejected: int


class Link(Protocol):
    """What a breaker needs of the connection. Nothing here waits but the first word."""

    @property
    def is_told(self) -> bool:
        """True once there was a first word, or nobody to say it."""

    @property
    def is_connected(self) -> bool: ...

    @property
    def lends(self) -> bool:
        """True while the conductor can be asked for a trial."""

    @property
    def on_lost(self) -> str: ...

    def first_word(self) -> None:
        """Begin to listen; wait for the first word, but not for long."""

    async def first_word_async(self) -> None: ...

    def wake(self) -> None:
        """Something is to be said at once."""
