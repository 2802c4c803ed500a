"""One check, from permit to events: breaker( retry( deadline( probe ) ) )."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import CheckResult, CheckSpec, Finding, Outcome
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.errors import CallRefused
from conductor_tui.domain.events import CheckFinished, HealthChanged, RamJumped
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.secret import Secret, without_secrets
from conductor_tui.domain.text import one_line
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.judging import Judge
from conductor_tui.ports import Clock, Gate, Permit, Probe, Retry

RAM_JUMP_POINTS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A platform with what the engine opened for it, and what it must not tell."""

    spec: CheckSpec
    probe: Probe
    gate: Gate
    secrets: tuple[Secret, ...] = ()


class Runner:
    """Checks one platform at a time per call; any number of calls at once."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        retry: Retry,
        ram_percent: Callable[[], float],
        next_at: Callable[[PlatformName], datetime | None],
        is_watched: Callable[[Watched], bool],
        judge: Judge,
    ) -> None:
        self._hub, self._clock, self._retry = hub, clock, retry
        self._ram_percent, self._next_at = ram_percent, next_at
        self._is_watched, self._judge = is_watched, judge

    async def check(self, watched: Watched) -> None:
        """Check once and publish what was found; a refused check is published too.

        Cancellation gives the permit back and publishes nothing.
        """
        started = self._clock.monotonic()
        try:
            permit = watched.gate.admit(health_check=True)
        except CallRefused as refusal:
            refused = Finding(Outcome.REFUSED, refusal.why)
            self._tell(watched, _Answer(refused, 0, 0.0), self._clock.now())
            return
        self._tell_moves(watched.gate)
        ram_before = self._ram_percent()
        answer: _Answer | None = None
        try:
            answer = await self._judged(watched, permit, started)
        finally:
            if answer is None or not self._is_watched(watched):
                watched.gate.settle(permit, None)
            else:
                watched.gate.settle(permit, answer.finding)
        if not self._is_watched(watched):
            return  # removed meanwhile: another platform may have its name by now
        if self._is_news(watched, answer.finding):
            self._tell(watched, answer, self._clock.now())
        else:
            at = self._clock.now()
            self._hub.tell_soon(partial(self._finished, watched, answer, at))
        self._tell_ram(watched, ram_before)

    async def _judged(
        self, watched: Watched, permit: Permit, started: float
    ) -> "_Answer":
        """Ask, and weigh what was found by how we were ourselves meanwhile."""
        spec, attempts = watched.spec, 1
        finding = await self._attempt(watched, started)
        if finding.outcome.is_bad and spec.retry.attempts > 1:
            finding, attempts = await self._again(watched, permit, started, finding)
        latency_s = self._clock.monotonic() - started
        if finding.outcome is Outcome.PASSED:
            finding = self._judge.passed(spec, finding, started, latency_s)
        elif finding.outcome.is_bad and self._is_watched(watched):
            finding = await self._judge.failed(spec, finding)
        return _Answer(finding, attempts, latency_s)

    async def _again(
        self, watched: Watched, permit: Permit, started: float, first: Finding
    ) -> tuple[Finding, int]:
        """Attempt while the settings allow it and the permit stands, after a bad
        `first`. Returns what the last attempt found, and how many were made.
        """
        spec, made = watched.spec, 1

        async def attempt() -> Finding:
            nonlocal made
            if not (watched.gate.stands(permit) and self._is_watched(watched)):
                return Finding(Outcome.REFUSED, "the breaker moved during the check")
            made += 1
            return await self._attempt(watched, self._clock.monotonic())

        spent_s = self._clock.monotonic() - started
        budget_s = spec.interval_s - spec.timeout_s - spent_s
        last = await self._retry(attempt, spec.retry, first=first, budget_s=budget_s)
        return last, made

    async def _attempt(self, watched: Watched, began: float) -> Finding:
        """Return what the probe found within its deadline."""
        spec = watched.spec
        try:
            async with self._clock.timeout(spec.timeout_s):
                finding = await watched.probe()
        except TimeoutError:
            words = f"timed out after {format_duration(spec.timeout_s)}"
            finding = Finding(Outcome.TIMED_OUT, words)
        except Exception as error:  # a probe is foreign code: it may raise anything
            words = one_line(f"the probe raised {type(error).__name__}: {error}")
            finding = Finding(Outcome.FAILED, words)
        return self._weighed(watched, finding, began)

    def _weighed(self, watched: Watched, finding: Finding, began: float) -> Finding:
        """Return the finding without secrets; a bad one of a moment at which we stood
        still ourselves is none, and no reason to try again.
        """
        if watched.secrets:
            told = without_secrets(finding.detail, watched.secrets)
            finding = replace(finding, detail=told)
        if finding.outcome.is_bad:
            return self._judge.unless_we_stood_still(watched.spec, finding, began)
        return finding

    def _is_news(self, watched: Watched, finding: Finding) -> bool:
        """False for a pass of a platform that was well already: nearly always."""
        if finding.outcome is not Outcome.PASSED or finding.warns:
            return True
        view = self._hub.snapshot.platforms.get(watched.spec.platform)
        if view is None or view.breaker.failures:
            return True
        well = view.health is Health.HEALTHY
        return not well or view.breaker.state is not BreakerState.CLOSED

    def _tell(self, watched: Watched, answer: "_Answer", at: datetime) -> None:
        name = watched.spec.platform
        before = self._hub.snapshot.platforms.get(name)
        self._hub.publish(self._finished(watched, answer, at))
        after = self._hub.snapshot.platforms.get(name)
        if before and after and before.health is not after.health:
            self._hub.publish(
                HealthChanged(
                    platform=name,
                    was=before.health,
                    now=after.health,
                    why=answer.finding.detail,
                )
            )
        self._tell_moves(watched.gate)

    def _finished(
        self, watched: Watched, answer: "_Answer", at: datetime
    ) -> CheckFinished:
        name, finding = watched.spec.platform, answer.finding
        breaker = watched.gate.view
        result = CheckResult(
            platform=name,
            outcome=finding.outcome,
            latency_s=answer.latency_s,
            at=at,
            detail=finding.detail,
            attempts=answer.attempts,
            warns=finding.warns,
        )
        return CheckFinished(
            result=result,
            failures=breaker.failures,
            retry_at=breaker.retry_at,
            next_at=self._next_at(name),
        )

    def _tell_moves(self, gate: Gate) -> None:
        self._hub.publish_kept(gate.drain())

    def _tell_ram(self, watched: Watched, before: float) -> None:
        after = self._ram_percent()
        if after - before > RAM_JUMP_POINTS:
            self._hub.publish(
                RamJumped(
                    platform=watched.spec.platform,
                    before_percent=before,
                    after_percent=after,
                )
            )


@dataclass(frozen=True, slots=True)
class _Answer:
    finding: Finding
    attempts: int
    latency_s: float
