"""tenacity behind our clock: the waits and the limits between attempts.

It is entered only after a first failure, whose finding it then takes as that of its
own first attempt: a check that passes at once, nearly all of them, does not pay for it.
"""

from typing import TYPE_CHECKING

from conductor_tui.domain.check import Finding, RetrySpec
from conductor_tui.ports import Attempt, Clock

if TYPE_CHECKING:
    from tenacity import RetryCallState


class TenacityRetry:
    """Satisfies ports.Retry. Waits are random exponential: `wait_s` doubled, capped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(
        self, attempt: Attempt, spec: RetrySpec, *, first: Finding, budget_s: float
    ) -> Finding:
        import tenacity  # here, so that a run without retries never loads it

        started, known = self._clock.monotonic(), [first]

        async def attempt_again() -> Finding:
            return known.pop() if known else await attempt()

        def is_over_budget(state: "RetryCallState") -> bool:
            spent_s = self._clock.monotonic() - started
            return spent_s + state.upcoming_sleep > budget_s

        enough = tenacity.stop_after_attempt(spec.attempts)
        retrying = tenacity.AsyncRetrying(
            sleep=self._clock.sleep,
            wait=tenacity.wait_random_exponential(
                multiplier=spec.wait_s, max=spec.max_wait_s
            ),
            stop=lambda state: enough(state) or is_over_budget(state),
            retry=tenacity.retry_if_result(lambda finding: finding.outcome.is_bad),
            retry_error_callback=_last_finding,
        )
        return await retrying(attempt_again)


def _last_finding(state: "RetryCallState") -> Finding:
    assert state.outcome is not None, "tenacity gives up only after an attempt"
    finding: Finding = state.outcome.result()
    return finding
