"""Whether a finding says something about the platform, or about ourselves.

A deadline that passes while our own loop stands still proves nothing, and when most
platforms fail at once the first suspect is this host. Such findings become
inconclusive: neither breaker nor health counts them.
"""

import asyncio
from dataclasses import dataclass, replace

from conductor_tui.domain.check import CheckSpec, Finding, Outcome
from conductor_tui.domain.events import MassFailed
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.mass_failure import MassFailure
from conductor_tui.ports import Canary, Clock, Watchdog

# How long we may stand still in a check whose finding still counts: for a deadline a
# share of it, for an answer what a server would not hang up for.
_OF_DEADLINE, _LEAST_S = 0.25, 0.05
_OF_ANSWER_S = 0.25
_MANY_MORE = 1.25  # so many times as many platforms are news again


class Judge:
    """Weighs findings. `inconclusive` counts those that came to nothing."""

    def __init__(
        self, hub: Hub, clock: Clock, watchdog: Watchdog, canary: Canary
    ) -> None:
        self._hub, self._clock = hub, clock
        self._watchdog, self._canary = watchdog, canary
        self._mass = MassFailure(lambda: hub.snapshot)
        self._singing = asyncio.Lock()
        self._song: tuple[float, Finding] | None = None
        self._told: _Told | None = None
        self.inconclusive = 0

    def passed(
        self, spec: CheckSpec, finding: Finding, started: float, latency_s: float
    ) -> Finding:
        """Weigh a pass: it warns when it was slow, and not by our own fault."""
        if self._mass.was_bad(spec.platform):
            self._mass.passed(spec.platform, self._clock.monotonic())
        slow_s = spec.slow_after_s
        if slow_s is None or latency_s <= slow_s:
            return finding
        if latency_s - self._watchdog.stalled_s(started) <= slow_s:
            return finding
        words = f"slow: {latency_s * 1000:.0f} ms > {slow_s * 1000:.0f} ms"
        if finding.detail:
            words = f"{words}, {finding.detail}"
        return replace(finding, detail=words, warns=True)

    def unless_we_stood_still(
        self, spec: CheckSpec, finding: Finding, began: float
    ) -> Finding:
        """Return the bad finding of an attempt that `began` then, if it counts."""
        limit_s = _OF_ANSWER_S
        if finding.outcome is Outcome.TIMED_OUT:
            limit_s = max(_LEAST_S, _OF_DEADLINE * spec.timeout_s)
        stalled_s = self._watchdog.stalled_s(began)
        if stalled_s <= limit_s:
            return finding
        self.inconclusive += 1
        return Finding(
            Outcome.INCONCLUSIVE,
            f"we stood still for {stalled_s:.1f} s meanwhile: {finding.detail}",
        )

    async def failed(self, spec: CheckSpec, finding: Finding) -> Finding:
        """Weigh a bad finding: it counts unless most fail and we cannot reach even
        ourselves.
        """
        now = self._clock.monotonic()
        if not self._mass.failed(spec.platform, spec.interval_s, now):
            return finding
        song = await self._sing(spec.interval_s)
        is_ours = song.outcome is not Outcome.PASSED
        if self._mass.is_on:  # else it ended while we listened
            self._tell_mass(spec.interval_s, song, is_ours=is_ours)
        if not is_ours:
            return finding
        self.inconclusive += 1
        words = f"most platforms fail, and so do we: {song.detail}"
        return Finding(Outcome.INCONCLUSIVE, words)

    async def _sing(self, fresh_s: float) -> Finding:
        """Return what the canary found, at most `fresh_s` ago. It sings once at a
        time: who comes meanwhile waits for that song.
        """
        async with self._singing:
            now = self._clock.monotonic()
            if self._song is None or now - self._song[0] >= fresh_s:
                self._song = (now, await self._canary.sing())
            return self._song[1]

    def _tell_mass(self, interval_s: float, song: Finding, *, is_ours: bool) -> None:
        """Tell it once; again when it turns out otherwise, and once more after an
        interval when many have followed.
        """
        now, mass, told = self._clock.monotonic(), self._mass, self._told
        is_last = False
        if told is not None and told.episode == mass.episode:
            has_grown = (
                not told.is_last
                and now - told.at >= interval_s
                and mass.failing >= _MANY_MORE * told.failing
            )
            if told.is_ours is is_ours and not has_grown:
                return
            is_last = told.is_last or has_grown
        self._told = _Told(mass.episode, now, mass.failing, is_ours, is_last)
        self._hub.publish(
            MassFailed(
                platforms=mass.platforms,
                watched=mass.watched,
                canary=song.detail,
                is_ours=is_ours,
            )
        )


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told of an episode: when, of how many, and whether all was told."""

    episode: int
    at: float
    failing: int
    is_ours: bool
    is_last: bool
