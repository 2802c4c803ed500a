"""Which platforms are left alone just now: by a person, by the file, by the calendar.

What was shed under load comes before all of them: it may be stopped for real, and only
who shed it knows how it comes back.

Each of the three others is kept by itself, so that the end of one does not end another:
an operator's pause survives the window that it began in, and the file's own word. What
is asked here changes nothing yet: `Watching.obey` stops and starts the checks.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import MaintenanceWindow, Pause, PauseKind
from conductor_tui.ports import Calendar, Clock

FILE = "conductor.toml"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A person's pause. `ends` is on the monotonic clock; None: never by itself."""

    pause: Pause
    ends: float | None


@dataclass(frozen=True, slots=True)
class _Open:
    """A window that is open, since we saw it open at `at`."""

    window: MaintenanceWindow
    at: datetime
    until: datetime


class Pauses:
    """What is paused and why; without a calendar there is no maintenance."""

    def __init__(self, calendar: Calendar | None, clock: Clock) -> None:
        self._calendar, self._clock = calendar, clock
        self._windows: tuple[MaintenanceWindow, ...] = ()
        self._open: tuple[_Open, ...] = ()
        self._shed: dict[PlatformName, Pause] = {}
        self._asked: dict[PlatformName, _Asked] = {}
        self._filed: dict[PlatformName, Pause] = {}
        self._excused: dict[PlatformName, dict[str, datetime]] = {}
        self._timed = asyncio.Event()  # see `timed`
        self._before: dict[PlatformName, Pause] = {}

    def of(self, spec: CheckSpec) -> Pause | None:
        """Return the pause that holds now: what load did before a person's
        word, that before the file's, and that before a window's; of windows the one
        that ends last.
        """
        shed = self._shed.get(spec.platform)
        if shed is not None:
            return shed
        asked = self._asked.get(spec.platform)
        if asked is not None:
            return asked.pause
        filed = self._filed.get(spec.platform)
        return filed or (self._maintenance(spec) if self._open else None)

    def by_hand(self, name: PlatformName) -> Pause | None:
        """Return the pause that load, a person or the file asked for, if any."""
        if name in self._shed:
            return self._shed[name]
        asked = self._asked.get(name)
        return asked.pause if asked else self._filed.get(name)

    def is_asked(self, name: PlatformName) -> bool:
        """True while a person's own pause stands, or it is shed."""
        return name in self._asked or name in self._shed

    def is_shed(self, name: PlatformName) -> bool:
        return name in self._shed

    def shed(self, name: PlatformName, pause: Pause) -> None:
        """Let it make room, until `unshed`."""
        self._shed[name] = pause

    def unshed(self, name: PlatformName) -> None:
        self._shed.pop(name, None)

    def restore(self, pauses: Mapping[PlatformName, Pause]) -> None:
        """Let people's pauses from before a restart hold for those that begin from now
        on, until the time of day they were to end at.
        """
        self._before = dict(pauses)

    def begin(self, spec: CheckSpec) -> Pause | None:
        """Begin with a platform as the file has it; return the pause it begins with."""
        self.forget(spec.platform)
        if spec.paused:
            self._file(spec.platform)
        self._recall(spec.platform)
        return self.of(spec)

    def change(self, before: CheckSpec, after: CheckSpec) -> None:
        """Follow the file where its own word changed; a person's word stays."""
        if after.paused and not before.paused:
            self._file(after.platform)
        elif not after.paused:
            self._filed.pop(after.platform, None)

    def forget(self, name: PlatformName) -> None:
        for kept in (self._shed, self._asked, self._filed, self._excused):
            kept.pop(name, None)

    def ask(self, name: PlatformName, pause: Pause, ttl_s: float | None) -> None:
        """Pause for a person, for `ttl_s`; None: until somebody resumes it."""
        ends = None if ttl_s is None else self._clock.monotonic() + ttl_s
        self._asked[name] = _Asked(pause, ends)
        if ends is not None:
            self._timed.set()

    def resume(self, spec: CheckSpec) -> None:
        """End every pause of a platform; windows that are open are over for it."""
        name = spec.platform
        self._asked.pop(name, None)
        self._filed.pop(name, None)
        excused = {one.window.name: one.until for one in self._covering(spec)}
        if excused:
            self._excused[name] = {**self._excused.get(name, {}), **excused}

    def keep_to(self, windows: Iterable[MaintenanceWindow]) -> None:
        """Go by these windows from the next `look` on."""
        self._windows = tuple(windows)
        self._timed.set()  # also without windows: those that were open are over

    async def timed(self) -> None:
        """Wait while no pause can begin or end by itself: then no `look` is needed."""
        await self._timed.wait()

    def look(self) -> bool:
        """Look at the calendar and the clock. True: some pause began or ended."""
        now, open_before = self._clock.now(), self._open
        self._open = tuple(self._opened(now))
        ended = self._take_ended()
        if self._excused:
            self._drop_excuses(now)
        if not (
            self._windows or any(one.ends is not None for one in self._asked.values())
        ):
            self._timed.clear()
        return bool(ended) or self._open != open_before

    def _recall(self, name: PlatformName) -> None:
        before = self._before.pop(name, None)
        if before is None:
            return
        if before.kind is PauseKind.SHED:
            self._shed[name] = before
            return
        left_s: float | None = None
        if before.until is not None:
            lasts_s = (before.until - before.at).total_seconds()
            left_s = (before.until - self._clock.now()).total_seconds()
            left_s = min(left_s, lasts_s)  # the clock may have been set back
        if left_s is None or left_s > 0:
            self.ask(name, before, left_s)

    def _opened(self, now: datetime) -> Iterable[_Open]:
        known = {one.window: one for one in self._open}
        for window in self._windows if self._calendar else ():
            until = self._calendar.open_until(window, now) if self._calendar else None
            if until is not None:
                seen = known.get(window) or _Open(window, now, until)
                yield seen if seen.until == until else replace(seen, until=until)

    def _take_ended(self) -> list[PlatformName]:
        now = self._clock.monotonic()
        ended = [
            name
            for name, asked in self._asked.items()
            if asked.ends is not None and asked.ends <= now
        ]
        for name in ended:
            del self._asked[name]
        return ended

    def _drop_excuses(self, now: datetime) -> None:
        for name, excused in list(self._excused.items()):
            left = {window: until for window, until in excused.items() if now < until}
            self._excused[name] = left
            if not left:
                del self._excused[name]

    def _maintenance(self, spec: CheckSpec) -> Pause | None:
        covering = self._covering(spec)
        if not covering:
            return None
        last = max(covering, key=lambda one: one.until)
        return Pause(
            kind=PauseKind.MAINTENANCE,
            by=last.window.name,
            why="maintenance",
            at=last.at,
            until=last.until,
        )

    def _covering(self, spec: CheckSpec) -> list[_Open]:
        excused = self._excused.get(spec.platform, {})
        return [
            one
            for one in self._open
            if one.window.name not in excused and one.window.selection.covers(spec)
        ]

    def _file(self, name: PlatformName) -> None:
        self._filed[name] = Pause(
            kind=PauseKind.PAUSED, by=FILE, why="paused = true", at=self._clock.now()
        )
