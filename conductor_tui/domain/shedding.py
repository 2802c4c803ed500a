"""Which platforms make room when the host is loaded, and when they may come back.

One at a time, the lowest priority first, and back in reverse. What keeps it from going
to and fro: each step has time to show what it did; between the limit and the recovered
figure nothing moves; nobody comes back where the room that it gave would be filled
again, or nearly; and who has to go soon after a return stays away four times as long.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.forecasting.forecast import Forecast
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.resources import LoadLimits, LoadState

LOW_PRIORITY = 50  # below it: the usual priority
PRESSURES = ("ram", "cpu")  # a full disk is not emptied by stopping what wrote it
SETTLE_S, HURRIED_S = 30.0, 10.0  # between steps; and where RAM is running out
RESTORE_AFTER_S = 120.0
FLAP_WITHIN_S, FLAP_BACKOFF, LONGEST_S = 600.0, 4.0, 3600.0
STUBBORN_S = 1800.0  # then it may come back, whatever room it gave
FORESEEN_S = 300.0  # how far ahead a limit is worth a word
HURRY_S = 60.0
PASSING_S = 60.0  # so long a peak may be left to pass that should
_SLOWER = {LoadState.NORMAL: 1.0, LoadState.DEGRADED: 2.0, LoadState.EMERGENCY: 4.0}


class ShedStep(StrEnum):
    SHED = "shed"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShedAdvice:
    """What should be done next, and why. `is_ahead`: a limit is foreseen, but not
    reached; nobody acts on that but a person.
    """

    step: ShedStep
    platform: PlatformName
    why: str
    is_ahead: bool = False


def pace_of(priority: int, state: LoadState) -> float:
    """Return how many times as long the interval of a platform is under load."""
    return _SLOWER[state] if priority < LOW_PRIORITY else 1.0


def shed_order(specs: Collection[CheckSpec]) -> tuple[PlatformName, ...]:
    """Return who may go without being named, the first to go first: low priorities, and
    those that say what is done then. Never what is protected, or what something that
    stays depends on; who depends on another one goes before that.
    """
    by_name = {spec.platform: spec for spec in specs}
    dependents: dict[PlatformName, list[PlatformName]] = {}
    for spec in specs:
        for below in spec.depends_on:
            if below in by_name:
                dependents.setdefault(below, []).append(spec.platform)
    needed_by = {name: _all_above(name, dependents) for name in by_name}

    def priority(name: PlatformName) -> int:
        return max(by_name[one].priority for one in (name, *needed_by[name]))

    def may_go(name: PlatformName) -> bool:
        return all(_may_go(by_name[one]) for one in (name, *needed_by[name]))

    going = [name for name in by_name if may_go(name)]
    return tuple(sorted(going, key=lambda name: (priority(name), len(needed_by[name]))))


def _may_go(spec: CheckSpec) -> bool:
    is_meant = spec.priority < LOW_PRIORITY or bool(spec.on_shed)
    return is_meant and not spec.protected and spec.probe != "canary"


def _all_above(
    name: PlatformName, dependents: Mapping[PlatformName, Sequence[PlatformName]]
) -> Sequence[PlatformName]:
    """Return what depends on a platform, directly or not."""
    found = {name: None}
    waiting = [name]
    while waiting:
        for one in dependents.get(waiting.pop(), ()):
            if one not in found:
                found[one] = None
                waiting.append(one)
    return tuple(found)[1:]


@dataclass(frozen=True, slots=True)
class _Done:
    """A step and how loaded the host was when it was taken."""

    step: ShedStep
    platform: PlatformName
    at: float
    used: Mapping[str, float]


@dataclass(slots=True)
class Shedder:
    """Advises, a reading at a time; who follows the advice calls `did`. Times are
    monotonic seconds, `used` and limits percent. Not shared between threads.
    """

    _last: _Done | None = None
    _is_measured: bool = True
    _relief: dict[PlatformName, Mapping[str, float]] = field(default_factory=dict)
    _came_back: dict[PlatformName, float] = field(default_factory=dict)
    _lately: deque[tuple[float, Mapping[str, float]]] = field(default_factory=deque)
    _over_since: float | None = None
    _calm_since: float | None = None
    _is_ahead: bool = False
    _wait_s: float = RESTORE_AFTER_S

    def relief(self, platform: PlatformName) -> Mapping[str, float]:
        """Return what became free when it went, by resource; empty: not known."""
        return self._relief.get(platform, {})

    def did(
        self,
        step: ShedStep,
        platform: PlatformName,
        now: float,
        used: Mapping[str, float],
    ) -> None:
        """Take note of a step that was taken, by whomever."""
        self._last = _Done(step, platform, now, dict(used))
        self._is_measured = False
        self._calm_since = None
        self._is_ahead = False
        if step is ShedStep.RESTORE:
            self._came_back[platform] = now
            self._relief.pop(platform, None)
        elif now - self._came_back.pop(platform, -FLAP_WITHIN_S) < FLAP_WITHIN_S:
            self._wait_s = min(LONGEST_S, self._wait_s * FLAP_BACKOFF)

    def advise(
        self,
        now: float,
        used: Mapping[str, float],
        forecasts: Mapping[str, Forecast],
        limits: LoadLimits,
        who: Callable[[], PlatformName | None],
        gone: Sequence[PlatformName],
    ) -> ShedAdvice | None:
        """Return the next step, if any. `who` gives who is to go first, if anybody may;
        `gone` are those that went, the newest last.
        """
        self._measure(now, used)
        self._remember(now, used)
        over = [name for name in _known(used) if used[name] >= limits.degraded_at]
        if over:
            self._calm_since, self._is_ahead = None, False
            if self._over_since is None:
                self._over_since = now
            return self._to_shed(now, over, used, forecasts, limits, who)
        self._over_since = None
        calm = all(used[name] <= limits.recovered_at for name in _known(used))
        if not calm or not _known(used):
            self._calm_since = None
            return self._ahead(used, forecasts, limits, who)
        if self._calm_since is None:
            self._calm_since = now
        growing = self._ahead(used, forecasts, limits, who)
        return growing or self._to_restore(now, used, forecasts, limits, gone)

    def _remember(self, now: float, used: Mapping[str, float]) -> None:
        self._lately.append((now, used))
        while self._lately[0][0] < now - RESTORE_AFTER_S:
            self._lately.popleft()

    def _most(self) -> Mapping[str, float]:
        """Return the highest readings of the last two minutes: one alone is noise."""
        most: dict[str, float] = {}
        for _, used in self._lately:
            for name, percent in used.items():
                most[name] = max(percent, most.get(name, 0.0))
        return most

    def _measure(self, now: float, used: Mapping[str, float]) -> None:
        """See what the newest step freed, once it had its time."""
        done = self._last
        if done is not None and now - done.at >= LONGEST_S:
            self._wait_s = RESTORE_AFTER_S
        if done is None or self._is_measured or now - done.at < SETTLE_S:
            return
        self._is_measured = True
        if done.step is ShedStep.SHED:
            self._relief[done.platform] = {
                name: max(0.0, done.used[name] - used[name])
                for name in _known(used)
                if name in done.used
            }

    def _to_shed(
        self,
        now: float,
        over: Sequence[str],
        used: Mapping[str, float],
        forecasts: Mapping[str, Forecast],
        limits: LoadLimits,
        who: Callable[[], PlatformName | None],
    ) -> ShedAdvice | None:
        is_emergency = used.get("ram", 0.0) >= limits.emergency_at
        soonest = _reaches_s(forecasts, ("ram",), limits.emergency_at, HURRY_S)
        is_hurried = is_emergency or soonest is not None
        rest_s = HURRIED_S if is_hurried else SETTLE_S
        if self._last is not None and now - self._last.at < rest_s:
            return None
        if not is_hurried and self._passes(now, over, forecasts, limits):
            return None
        if (platform := who()) is None:
            return None
        why = ", ".join(f"{_label(name)} {used[name]:.0f} %" for name in over)
        if soonest:
            why += f", {limits.emergency_at:.0f} % in about {soonest:.0f} s"
        return ShedAdvice(step=ShedStep.SHED, platform=platform, why=why)

    def _passes(
        self,
        now: float,
        over: Iterable[str],
        forecasts: Mapping[str, Forecast],
        limits: LoadLimits,
    ) -> bool:
        """True for a minute where all that is over the limit should be below soon."""
        assert self._over_since is not None
        if now - self._over_since >= PASSING_S:
            return False
        return all(
            (seen := forecasts.get(name)) is not None
            and _should_be(seen) < limits.degraded_at
            for name in over
        )

    def _ahead(
        self,
        used: Mapping[str, float],
        forecasts: Mapping[str, Forecast],
        limits: LoadLimits,
        who: Callable[[], PlatformName | None],
    ) -> ShedAdvice | None:
        """Say who should go before a limit is reached. Said once, it stands until the
        growth is over: not with every breath of the forecast.
        """
        within_s = FORESEEN_S * (2 if self._is_ahead else 1)
        soonest = {
            name: in_s
            for name in _known(used)
            if (in_s := _reaches_s(forecasts, (name,), limits.degraded_at, within_s))
        }
        platform = who() if soonest else None
        self._is_ahead = platform is not None
        if platform is None:
            return None
        name = min(soonest, key=lambda one: soonest[one])
        minutes = max(1, round(soonest[name] / 60))
        why = (
            f"{_label(name)} reaches {limits.degraded_at:.0f} % in about {minutes} min"
        )
        return ShedAdvice(step=ShedStep.SHED, platform=platform, why=why, is_ahead=True)

    def _to_restore(
        self,
        now: float,
        used: Mapping[str, float],
        forecasts: Mapping[str, Forecast],
        limits: LoadLimits,
        gone: Sequence[PlatformName],
    ) -> ShedAdvice | None:
        assert self._calm_since is not None
        calm_s = now - self._calm_since
        if not gone or calm_s < self._wait_s:
            return None
        if _reaches_s(forecasts, _known(used), limits.degraded_at, FORESEEN_S):
            return None  # not what it may reach: a band tells of past jumps for long
        relief, most = self.relief(gone[-1]), self._most()
        margin = (limits.degraded_at - limits.recovered_at) / 4
        has_room = all(
            most[name] + relief.get(name, 0.0) + margin < limits.degraded_at
            for name in _known(used)
        )
        if not has_room and calm_s < max(STUBBORN_S, self._wait_s):
            return None
        why = ", ".join(f"{_label(name)} {used[name]:.0f} %" for name in _known(used))
        return ShedAdvice(step=ShedStep.RESTORE, platform=gone[-1], why=why)


def _known(used: Mapping[str, float]) -> list[str]:
    return [name for name in PRESSURES if name in used]


def _label(name: str) -> str:
    return name.upper()


def _should_be(seen: Forecast) -> float:
    """Return the upper edge of the band where it ends."""
    if not seen.ahead:
        return seen.now
    last = seen.ahead[-1]
    return last.value if last.high is None else last.high


def _reaches_s(
    forecasts: Mapping[str, Forecast],
    names: Iterable[str],
    limit: float,
    within_s: float,
) -> float | None:
    """Return the soonest of what is still below; None: none of them."""
    found = [
        in_s
        for name in names
        if (seen := forecasts.get(name)) is not None
        and (in_s := seen.reaches_s(limit, within_s))
    ]
    return min(found, default=None)
