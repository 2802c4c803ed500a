"""A request on its way to a platform:

    breaker -> bulkhead -> retry -> deadline -> plug-in

One request is one call of the breaker, however often it is tried: what a retry mends
the breaker never hears of. The word of a person reaches also those that wait: whoever
was let in under an older word is not sent any more.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.dispatch import (
    TOOK_BOUNDS_S,
    Dispatched,
    DispatchFigures,
    DispatchOutcome,
    DispatchRequest,
    DispatchSettings,
    DispatchSpec,
)
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.errors import CallRefused
from conductor_tui.domain.events import DispatchSampled
from conductor_tui.domain.ids import PlatformName, PluginName
from conductor_tui.domain.plugin_calls import (
    PluginBusy,
    PluginError,
    Reply,
    Request,
    RequestRefused,
)
from conductor_tui.domain.text import one_line
from conductor_tui.engine.dispatch.bulkhead import Bulkhead, Full
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.plugins.platforms import PROBE
from conductor_tui.engine.runner import Watched
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import Clock, Gate, Permit, Plugins, RequestRetry

KEY, TYPE = "idempotency-key", "type"  # in the metadata that a plug-in gets
KEPT_TIMES = 500
SAMPLE_S = 1.0
_BUSY_S = 1.0  # when to ask again where too many wait
_TO_CHECK = {
    DispatchOutcome.DELIVERED: Outcome.PASSED,
    DispatchOutcome.REFUSED: Outcome.PASSED,  # it answered
    DispatchOutcome.FAILED: Outcome.FAILED,
    DispatchOutcome.TIMED_OUT: Outcome.TIMED_OUT,
}


@dataclass(slots=True)
class _Lane:
    """What is kept of one platform's requests."""

    bulkhead: Bulkhead
    ended: Counter[DispatchOutcome] = field(default_factory=Counter)
    took: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_TIMES))
    counts: list[int] = field(default_factory=lambda: [0] * (len(TOOK_BOUNDS_S) + 1))
    sum_s: float = 0.0

    def took_so_long(self, seconds: float) -> None:
        self.took.append(seconds)
        self.counts[bisect_left(TOOK_BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    def figures(self) -> DispatchFigures:
        times = sorted(self.took)
        return DispatchFigures(
            under_way=self.bulkhead.under_way,
            waiting=self.bulkhead.waiting,
            ended=dict(self.ended),
            p50_s=times[len(times) // 2] if times else None,
            p99_s=times[len(times) * 99 // 100] if times else None,
            took_counts=tuple(self.counts),
            took_sum_s=self.sum_s,
        )


class Dispatching:
    """Satisfies ports.Dispatches. On the engine's loop."""

    def __init__(
        self,
        watching: Watching,
        plugins: Plugins,
        hub: Hub,
        clock: Clock,
        retry: RequestRetry,
    ) -> None:
        self._watching, self._plugins, self._retry = watching, plugins, retry
        self._hub, self._clock = hub, clock
        self._settings = DispatchSettings()
        self._lanes: dict[PlatformName, _Lane] = {}
        self._told: Mapping[PlatformName, DispatchFigures] = {}

    def keep_to(self, settings: DispatchSettings) -> None:
        """Go by other settings from now on. What is under way stays."""
        self._settings = settings
        for name, lane in self._lanes.items():
            spec = settings.of(name)
            lane.bulkhead.resize(spec.at_once, spec.waiting)

    def load(self, platform: PlatformName) -> float:
        """Return how much it has to do: 1.0 when as many as may be are under way."""
        lane = self._lanes.get(platform)
        if lane is None:
            return 0.0
        asked = lane.bulkhead.under_way + lane.bulkhead.waiting
        return asked / self._settings.of(platform).at_once

    def members(self, group: str) -> tuple[PlatformName, ...]:
        """Return the platforms of a group. A platform of that name goes before it."""
        if group in self._watching.by_name:
            return ()
        watched = self._watching.by_name.items()
        return tuple(name for name, one in watched if one.spec.group == group)

    def rest(self, platform: PlatformName) -> str:
        """Say why nothing should be sent to it by itself now; "" where it may be."""
        words = self.obstacle(platform)
        if words:
            return words
        state = self._watching.by_name[platform].gate.view.state
        if state is not BreakerState.CLOSED:
            return f"its breaker is {state}"
        return "it is paused" if platform in self._watching.paused else ""

    def obstacle(self, platform: PlatformName) -> str:
        """Say why a platform takes no requests; "" where it does."""
        watched = self._watching.by_name.get(platform)
        if watched is None:
            return f"no platform is called {platform!r}"
        if watched.spec.probe != PROBE:
            return f"{platform} is only watched: a plug-in takes requests"
        return ""

    async def dispatch(
        self, platform: PlatformName, request: DispatchRequest
    ) -> Dispatched:
        """Send one request, and return what came of it: never an exception, but
        LookupError for a platform that takes none. Cancelled, nobody waits any more.
        """
        words = self.obstacle(platform)
        if words:
            raise LookupError(words)
        began = self._clock.monotonic()
        lane = self._lane(platform)
        sent = _Sent()
        done = await self._within_deadline(platform, request, lane, sent)
        took_s = self._clock.monotonic() - began
        lane.ended[done.outcome] += 1
        if done.attempts:
            lane.took_so_long(took_s)
        return Dispatched(
            outcome=done.outcome,
            reply=done.reply,
            words=done.words,
            attempts=done.attempts,
            took_s=took_s,
            retry_in_s=done.retry_in_s,
            platform=platform,
        )

    async def run(self) -> None:
        """Tell the figures once a second, where they changed; for ever."""
        while True:
            await self._clock.sleep(SAMPLE_S)
            self._tell()

    def _tell(self) -> None:
        for name in [one for one in self._lanes if one not in self._watching.by_name]:
            del self._lanes[name]
        now = {name: lane.figures() for name, lane in self._lanes.items()}
        changed = tuple(_changed(self._told, now))
        self._told = now
        if changed:
            self._hub.publish(DispatchSampled(figures=changed))

    def _lane(self, name: PlatformName) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            spec = self._settings.of(name)
            bulkhead = Bulkhead(spec.at_once, spec.waiting)
            lane = self._lanes[name] = _Lane(bulkhead)
        return lane

    async def _within_deadline(
        self,
        platform: PlatformName,
        request: DispatchRequest,
        lane: _Lane,
        sent: "_Sent",
    ) -> Dispatched:
        spec, watched = self._settings.of(platform), self._watching.by_name[platform]
        limit_s = request.deadline_s or spec.deadline_s
        try:
            permit = watched.gate.admit()
        except CallRefused as refused:
            return _rejected(refused.why, refused.retry_in_s)
        self._hub.publish_kept(watched.gate.drain())
        done: Dispatched | None = None
        try:
            async with self._clock.timeout(limit_s):
                call = _Call(request, spec, lane, watched, permit, sent, limit_s)
                done = await self._through(call)
        except TimeoutError:
            words = f"no reply within {format_duration(limit_s)}"
            done = Dispatched(
                outcome=DispatchOutcome.TIMED_OUT, words=words, attempts=sent.attempts
            )
        finally:
            self._settle(watched.gate, permit, done, sent)
        return done

    async def _through(self, call: "_Call") -> Dispatched:
        """Wait for a place, then try until there is an end."""
        request, sent, watched = call.request, call.sent, call.watched
        until = self._clock.monotonic() + call.limit_s
        plugin = PluginName(watched.spec.target)

        async def attempt() -> Reply:
            if not watched.gate.stands(call.permit):
                raise _Overtaken
            sent.attempts += 1
            asked = Request(
                id=request.id,
                payload=request.payload,
                metadata=_told_with(request),
                attempt=sent.attempts,
                deadline_s=max(0.001, until - self._clock.monotonic()),
            )
            return await self._plugins.ask(plugin, asked)

        try:
            async with call.lane.bulkhead.place(request.priority):
                left_s = until - self._clock.monotonic()
                reply = await self._retry(attempt, call.spec.retry, budget_s=left_s)
        except Full as full:
            return _turned_away(str(full))
        except _Overtaken:
            why = f"the breaker is {watched.gate.view.state} by now"
            return _rejected(why, None, sent.attempts)
        except PluginError as error:
            return _failed(error, sent.attempts)
        return Dispatched(
            outcome=DispatchOutcome.DELIVERED, reply=reply, attempts=sent.attempts
        )

    def _settle(
        self, gate: Gate, permit: Permit, done: Dispatched | None, sent: "_Sent"
    ) -> None:
        """Tell the breaker, unless nothing was sent: then it says nothing of it."""
        finding = None
        outcome = _TO_CHECK.get(done.outcome) if done else None
        if done is not None and outcome is not None and sent.attempts:
            finding = Finding(outcome, one_line(done.words))
        gate.settle(permit, finding)
        self._hub.publish_kept(gate.drain())


class _Overtaken(Exception):
    """The breaker has moved since the request was let in."""


@dataclass(slots=True)
class _Sent:
    """How often a request was handed to the plug-in."""

    attempts: int = 0


@dataclass(frozen=True, slots=True)
class _Call:
    """One request that its breaker has let in."""

    request: DispatchRequest
    spec: DispatchSpec
    lane: _Lane
    watched: Watched
    permit: Permit
    sent: _Sent
    limit_s: float


def _told_with(request: DispatchRequest) -> Mapping[str, str]:
    """Return what goes with it: by its key the other side can tell a repetition."""
    own = {KEY: request.key or request.id}
    if request.type:
        own[TYPE] = request.type
    return {**own, **request.metadata}


def _turned_away(words: str) -> Dispatched:
    outcome = DispatchOutcome.TURNED_AWAY
    return Dispatched(outcome=outcome, words=words, retry_in_s=_BUSY_S)


def _rejected(why: str, retry_in_s: float | None, attempts: int = 0) -> Dispatched:
    return Dispatched(
        outcome=DispatchOutcome.REJECTED,
        words=why,
        attempts=attempts,
        retry_in_s=retry_in_s,
    )


def _failed(error: PluginError, attempts: int) -> Dispatched:
    outcome = DispatchOutcome.FAILED
    if isinstance(error, RequestRefused):
        outcome = DispatchOutcome.REFUSED
    elif isinstance(error, PluginBusy):
        outcome = DispatchOutcome.TURNED_AWAY
    return Dispatched(
        outcome=outcome,
        words=one_line(str(error), 400),
        attempts=attempts,
        retry_in_s=error.retry_after_s,
    )


def _changed(
    before: Mapping[PlatformName, DispatchFigures],
    after: Mapping[PlatformName, DispatchFigures],
) -> Iterator[tuple[PlatformName, DispatchFigures]]:
    for name, figures in after.items():
        if before.get(name) != figures:
            yield name, figures
