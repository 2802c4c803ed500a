"""Which platforms a request may go to, and in which order they are asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from conductor_tui.domain.dispatch import (
    Choice,
    Dispatched,
    DispatchOutcome,
    DispatchRequest,
    DispatchSettings,
    Trouble,
)
from conductor_tui.domain.ids import PlatformName
from conductor_tui.engine.dispatch.dispatching import Dispatching
from conductor_tui.ports import Clock

_LEAST_S = 0.001


@dataclass(frozen=True, slots=True)
class Way:
    """`to` is the platform, the group, or what the route names, as people read it."""

    to: str
    platforms: tuple[PlatformName, ...]
    choose: Choice = Choice.ORDER


class Routing:
    """Sends a request to the first platform that takes it."""

    def __init__(self, dispatching: Dispatching, clock: Clock) -> None:
        self._dispatching, self._clock = dispatching, clock
        self._settings = DispatchSettings()

    def keep_to(self, settings: DispatchSettings) -> None:
        self._settings = settings

    def way(self, request: DispatchRequest) -> Way:
        """Return where a request goes. Raises LookupError, in words."""
        if request.to:
            return self._checked(self._named((request.to,), request.choose))
        if not request.type:
            raise LookupError("say `to` (a platform or a group) or `type`")
        for route in self._settings.routes:
            if route.takes(request.type):
                return self._checked(
                    self._named(route.to, request.choose or route.choose)
                )
        raise LookupError(f"no [[route]] takes requests of type {request.type!r}")

    def rest(self, request: DispatchRequest) -> str:
        """Say why a request should not be sent by itself now; "" where it may be."""
        try:
            way = self.way(request)
        except LookupError as error:
            return str(error.args[0])
        words = [self._dispatching.rest(one) for one in way.platforms]
        if not all(words):
            return ""
        if len(words) == 1:
            return words[0]
        return "; ".join(
            f"{name}: {one}" for name, one in zip(way.platforms, words, strict=True)
        )

    async def deliver(self, request: DispatchRequest) -> Dispatched:
        """Ask one platform after the other until one takes it. Raises LookupError."""
        way, began = self.way(request), self._clock.monotonic()
        failed: list[Dispatched] = []
        for platform in self._in_order(way):
            left_s = request.deadline_s
            if left_s is not None:
                left_s -= self._clock.monotonic() - began
                if failed and left_s < _LEAST_S:
                    break
            asked = replace(request, deadline_s=left_s)
            done = await self._dispatching.dispatch(platform, asked)
            if done.outcome is DispatchOutcome.DELIVERED:
                return self._ended(done, failed, began)
            failed.append(done)
        return self._ended(_telling(failed), failed, began)

    def _ended(
        self, done: Dispatched, failed: list[Dispatched], began: float
    ) -> Dispatched:
        every = failed if done in failed else [*failed, done]
        return replace(
            done,
            attempts=sum(one.attempts for one in every),
            took_s=self._clock.monotonic() - began,
            troubles=tuple(_troubles(failed)),
        )

    def _named(self, names: tuple[str, ...], choose: Choice | None) -> Way:
        platforms: dict[PlatformName, None] = {}
        for name in names:
            platforms |= dict.fromkeys(self._members(name))
        return Way(", ".join(names), tuple(platforms), choose or Choice.ORDER)

    def _members(self, name: str) -> tuple[PlatformName, ...]:
        """Return the platforms of a group, in the order of the file; those that came
        by themselves last. What is no group is a platform.
        """
        watched = self._dispatching.members(name)
        filed = self._settings.groups.get(name, ())
        found = (*(one for one in filed if one in watched), *watched)
        return tuple(dict.fromkeys(found)) or (PlatformName(name),)

    def _checked(self, way: Way) -> Way:
        """Return the way over those that take requests. Raises LookupError."""
        words = {one: self._dispatching.obstacle(one) for one in way.platforms}
        able = tuple(one for one, why in words.items() if not why)
        if not able:
            raise LookupError("; ".join(words.values()) or f"nobody is in {way.to!r}")
        return replace(way, platforms=able)

    def _in_order(self, way: Way) -> tuple[PlatformName, ...]:
        if way.choose is Choice.ORDER:
            return way.platforms
        load: Mapping[PlatformName, tuple[bool, float]] = {
            one: (bool(self._dispatching.rest(one)), self._dispatching.load(one))
            for one in way.platforms
        }
        return tuple(sorted(way.platforms, key=lambda one: load[one]))


def _telling(failed: list[Dispatched]) -> Dispatched:
    """Return the failure that says most of all: the newest that time may mend."""
    for may_be in (
        lambda one: one.outcome.may_be_kept,
        lambda one: one.outcome is DispatchOutcome.TURNED_AWAY,
    ):
        found = [one for one in failed if may_be(one)]
        if found:
            return found[-1]
    return failed[-1]


def _troubles(failed: list[Dispatched]) -> Iterator[Trouble]:
    for one in failed:
        if one.platform is not None:
            yield Trouble(
                platform=one.platform,
                outcome=one.outcome,
                words=one.words,
                attempts=one.attempts,
            )
