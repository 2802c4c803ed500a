"""Dead letters: requests that were accepted, and could not be delivered yet."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from conductor_tui.domain.dispatch import DispatchOutcome, DispatchRequest
from conductor_tui.domain.ids import LetterId, PlatformName

KEPT_ERRORS = 10  # of each letter: the first, and the newest
LONGEST_WAIT_S = 30.0


class LetterState(StrEnum):
    WAITING = "WAITING"  # it is redriven by itself
    GIVEN_UP = "GIVEN UP"  # it waits for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterError:
    """What went wrong at `at` with `platform`, after so many attempts."""

    at: datetime
    platform: PlatformName
    outcome: DispatchOutcome
    words: str
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView:
    """A dead letter without its payload, of which `size_bytes` tells. `attempts` are
    those of every redrive. `next_at` is when it is redriven, at the earliest; None:
    once its breaker closes, or by a person.
    """

    id: LetterId
    to: str  # platform or group; of a request by its type, what the route said
    type: str = ""
    request: str = ""
    at: datetime
    by: str = ""
    state: LetterState = LetterState.WAITING
    redrives: int = 0
    attempts: int = 0
    error: str = ""
    next_at: datetime | None = None
    size_bytes: int = 0
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A dead letter whole. `errors` are oldest first."""

    view: LetterView
    request: DispatchRequest
    errors: tuple[LetterError, ...] = ()

    @property
    def id(self) -> LetterId:
        return self.view.id

    def with_errors(self, errors: tuple[LetterError, ...]) -> "DeadLetter":
        """Return the letter after these went wrong too."""
        if not errors:
            return self
        every = (*self.errors, *errors)
        kept = (
            every if len(every) <= KEPT_ERRORS else every[:1] + every[1 - KEPT_ERRORS :]
        )
        attempts = self.view.attempts + sum(one.attempts for one in errors)
        last = errors[-1]
        words = (
            f"{last.platform}: {last.words}" if last.platform != self.view.to else ""
        )
        view = replace(self.view, attempts=attempts, error=words or last.words)
        return replace(self, view=view, errors=kept)


def wait_s(redrives: int, named_s: float | None = None) -> float:
    """Return how long a letter waits after so many redrives (0: it was just kept):
    1, 2, 4, 8, 16 s and then 30; longer where the other side named a time.
    """
    usual_s = min(2.0 ** min(redrives, 10), LONGEST_WAIT_S)
    return max(usual_s, named_s or 0.0)
