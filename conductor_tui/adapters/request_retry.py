"""tenacity for requests: it is entered after a first failure only, and not before the
time that the other side named.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from conductor_tui.domain.check import RetrySpec
from conductor_tui.domain.plugin_calls import PluginError, Reply, RequestRefused
from conductor_tui.ports import Clock

if TYPE_CHECKING:
    from tenacity import RetryCallState


class TenacityRequestRetry:
    """Satisfies ports.RequestRetry. Waits are random exponential."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(
        self,
        attempt: Callable[[], Awaitable[Reply]],
        spec: RetrySpec,
        *,
        budget_s: float,
    ) -> Reply:
        began = self._clock.monotonic()
        try:
            return await attempt()
        except PluginError as error:
            if not _may_help(error) or spec.attempts < 2:
                raise
            first = error
        left_s = budget_s - (self._clock.monotonic() - began)
        return await self._again(attempt, spec, first, left_s)

    async def _again(
        self,
        attempt: Callable[[], Awaitable[Reply]],
        spec: RetrySpec,
        first: PluginError,
        budget_s: float,
    ) -> Reply:
        """Go on after a `first` failure, which tenacity takes as its own first one."""
        import tenacity  # here, so that a run without retries never loads it

        began, known = self._clock.monotonic(), [first]

        async def attempt_again() -> Reply:
            if known:
                raise known.pop()
            return await attempt()

        exponential = tenacity.wait_random_exponential(
            multiplier=spec.wait_s, max=spec.max_wait_s
        )

        def wait(state: "RetryCallState") -> float:
            return max(exponential(state), _named_s(state))

        def is_over_budget(state: "RetryCallState") -> bool:
            spent_s = self._clock.monotonic() - began
            return spent_s + state.upcoming_sleep > budget_s

        enough = tenacity.stop_after_attempt(spec.attempts)
        retrying = tenacity.AsyncRetrying(
            sleep=self._clock.sleep,
            wait=wait,
            stop=lambda state: enough(state) or is_over_budget(state),
            retry=tenacity.retry_if_exception(_may_help),
            reraise=True,
        )
        return await retrying(attempt_again)


def _may_help(error: BaseException) -> bool:
    return isinstance(error, PluginError) and not isinstance(error, RequestRefused)


def _named_s(state: "RetryCallState") -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    named = error.retry_after_s if isinstance(error, PluginError) else None
    return named or 0.0
