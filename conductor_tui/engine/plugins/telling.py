"""What plug-ins write, take, and complain about, told a few times a second."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import LogLine, PluginFigures
from conductor_tui.domain.plugin_events import (
    PluginErred,
    PluginLogged,
    PluginsSampled,
)
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.plugins.life import Life
from conductor_tui.ports import Clock

LOOK_S, SAMPLE_LOOKS = 0.25, 4
MOST_LINES = 50  # of one plug-in, at a time
AGAIN_S = 60.0  # the same complaint is told once in this time
_MOST_COMPLAINTS = 50


@dataclass(slots=True)
class _Complaint:
    told_at: float
    count: int = 0


class Telling:
    """`lives` gives those that there are now."""

    def __init__(
        self, hub: Hub, clock: Clock, lives: Callable[[], Iterable[Life]]
    ) -> None:
        self._hub, self._clock, self._lives = hub, clock, lives
        self._figures: dict[PluginName, PluginFigures] = {}
        self._complaints: dict[tuple[PluginName, str], _Complaint] = {}
        self._looks = 0

    async def run(self) -> None:
        while True:
            self.look()
            await self._clock.sleep(LOOK_S)

    def look(self) -> None:
        """Tell what is new."""
        for life in self._lives():
            self.tell(life)
        self._looks += 1
        if self._looks % SAMPLE_LOOKS == 0:
            self._tell_figures()
            self._tell_counted()

    def tell(self, life: Life) -> None:
        """Tell what one plug-in wrote and complained about: also at its end."""
        worker = life.worker
        if worker is None:
            return
        lines = tuple(worker.take_log())
        if lines:
            kept = lines[:MOST_LINES]
            if len(lines) > MOST_LINES:
                words = f"{len(lines) - MOST_LINES} more lines were left out"
                kept += (LogLine(at=lines[-1].at, text=words, stream=""),)
            self._hub.publish(PluginLogged(plugin=life.name, lines=kept))
        for words in worker.take_errors():
            self._complain(life.name, words)

    def forget(self, name: PluginName) -> None:
        self._figures.pop(name, None)

    def _complain(self, name: PluginName, words: str) -> None:
        now, key = self._clock.monotonic(), (name, words)
        known = self._complaints.get(key)
        if known is not None:
            known.count += 1
            return
        if len(self._complaints) >= _MOST_COMPLAINTS:
            self._complaints.pop(next(iter(self._complaints)))
        self._complaints[key] = _Complaint(now)
        self._hub.publish(PluginErred(plugin=name, why=words))

    def _tell_counted(self) -> None:
        now = self._clock.monotonic()
        for (name, words), known in list(self._complaints.items()):
            if now - known.told_at < AGAIN_S:
                continue
            del self._complaints[name, words]
            if known.count:
                self._complaints[name, words] = _Complaint(now)
                told = PluginErred(plugin=name, why=words, count=known.count)
                self._hub.publish(told)

    def _tell_figures(self) -> None:
        changed = []
        for life in self._lives():
            figures = life.worker.figures if life.worker else PluginFigures()
            if self._figures.get(life.name) != figures:
                self._figures[life.name] = figures
                changed.append((life.name, figures))
        if changed:
            self._hub.publish(PluginsSampled(figures=tuple(changed)))
