"""Why a platform is in the state it is in, and what happens next."""

from dataclasses import dataclass

from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.words import (
    BREAKER_WORDS,
    age,
    countdown_to,
    is_stale,
    until,
    wait,
)


@dataclass(frozen=True, slots=True)
class Why:
    """The parts of the why line; any may be empty.

    `state` is the breaker, `run` failures in a row against the limit, `cause` the
    words of the last bad result or of the hold, `then` what happens next and when,
    `stale` how old the last word is when it should be newer.
    """

    state: str
    run: str
    cause: str
    then: str
    stale: str = ""

    @property
    def told(self) -> str:
        """Everything but what happens next: `OPEN 3/3 timed out after 800 ms`."""
        head = " ".join(filter(None, (self.state, self.run, self.cause)))
        return ", ".join(filter(None, (self.stale, head)))

    @property
    def sentence(self) -> str:
        """`OPEN 3/3 timed out after 800 ms, trial in 12 s`."""
        glue = " " if self.then.startswith("until") else ", "
        return glue.join(filter(None, (self.told, self.then)))


def why(view: PlatformView, lens: Lens, behind: PlatformName | None = None) -> Why:
    """Return the parts of the why line of one platform; `behind` is to blame for it."""
    breaker = view.breaker
    if breaker.state is BreakerState.HELD:
        return _held(breaker, lens)
    if view.pause is not None:
        return _paused(view.pause, lens)
    return Why(
        state=BREAKER_WORDS[breaker.state],
        run=_run(breaker),
        cause=_blame(behind, _cause(view)),
        then=_then(view, lens),
        stale=_stale(view, lens),
    )


def countdown(view: PlatformView, lens: Lens) -> str:
    """Return only how long until the next trial: for a narrow column."""
    retry_at = view.breaker.retry_at
    if view.breaker.state is not BreakerState.OPEN or retry_at is None:
        return ""
    return wait(retry_at, lens) or "due"


def _held(breaker: BreakerView, lens: Lens) -> Why:
    hold = breaker.hold
    if hold is None:
        return Why("HELD", "", breaker.why, "until somebody resets it")
    if hold.until is None:
        end = "until somebody resets it"
    elif lens.wait_s(hold.until) <= 0:
        end = "trial due"
    else:
        end = f"until {until(hold.until, lens)}, then a trial"
    if hold.confirm_by is not None:
        left = countdown_to(hold.confirm_by, lens)
        end = f"undone in {left} unless confirmed (C)"
    return Why(f"HELD by {hold.by}", "", f'"{hold.why}"', end)


def _paused(pause: Pause, lens: Lens) -> Why:
    end = f"until {until(pause.until, lens)}" if pause.until else "until resumed"
    if pause.kind is PauseKind.SHED:
        return Why(f"SHED by {pause.by}", "", pause.why, "until restored")
    if pause.kind is PauseKind.MAINTENANCE:
        return Why("MAINTENANCE", "", f'"{pause.by}"', end)
    return Why(f"PAUSED by {pause.by}", "", f'"{pause.why}"', end)


def _blame(behind: PlatformName | None, cause: str) -> str:
    return (
        cause
        if behind is None
        else ": ".join(filter(None, (f"because of {behind}", cause)))
    )


def _run(breaker: BreakerView) -> str:
    return f"{breaker.failures}/{breaker.limit}" if breaker.failures else ""


def _cause(view: PlatformView) -> str:
    if view.health is not Health.HEALTHY:
        return _last_words(view) or view.breaker.why
    return "" if view.breaker.state is BreakerState.CLOSED else view.breaker.why


def _last_words(view: PlatformView) -> str:
    """Return the last word's; before there is one, why a check came to none."""
    told = view.word or view.last
    return told.detail if told and told.outcome is not Outcome.REFUSED else ""


def _then(view: PlatformView, lens: Lens) -> str:
    match view.breaker.state:
        case BreakerState.HALF_OPEN:
            return "trial under way"
        case BreakerState.OPEN if view.breaker.retry_at is not None:
            left = wait(view.breaker.retry_at, lens)
            return f"trial in {left}" if left else "trial due"
        case _:
            return _next_check(view, lens)


def _next_check(view: PlatformView, lens: Lens) -> str:
    if view.next_at is None:
        return ""
    kind = "next check" if view.last else "first check"
    left = wait(view.next_at, lens)
    return f"{kind} in {left}" if left else f"{kind} now"


def _stale(view: PlatformView, lens: Lens) -> str:
    if view.word is None or not is_stale(view, lens.now):
        return ""
    return f"STALE, last word {age(view.word.at, lens)} ago"
