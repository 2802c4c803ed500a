"""The metrics as text (format 0.0.4), by aioprometheus. The only file that imports it.

Theory. It escapes nothing, needs 20 us for a number and 200 for a histogram, and is not
thread-safe: so each scrape copies plain numbers into collectors of its own, a slice at
a time, in a thread. Between two slices the thread sleeps, and the engine's loop has the
interpreter to itself: rendering a thousand platforms at once made healthy checks time
out. One text is made at a time; whoever asks within FRESH_S gets the same.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from conductor_tui.adapters.metrics.counting import BOUNDS_S, Counts, Spread
from conductor_tui.adapters.metrics.families import families
from conductor_tui.adapters.metrics.family import Family, Kind, Sample
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.ports import Clock

FRESH_S = 1.0
SLICE, PAUSE_S = 25, 0.001
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Metrics:
    """`latest` gives the state, `gauges` what others know; both from any thread."""

    def __init__(
        self,
        counts: Counts,
        latest: Callable[[], Snapshot],
        clock: Clock,
        gauges: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        self._counts, self._latest, self._clock = counts, latest, clock
        self._gauges = gauges
        self._rendering = asyncio.Lock()
        self._made: tuple[float, bytes] | None = None

    async def render(self) -> bytes:
        """Return what stands at /metrics."""
        async with self._rendering:
            now = self._clock.monotonic()
            if self._made is None or now - self._made[0] >= FRESH_S:
                gauges = self._gauges()
                text = await asyncio.to_thread(self._text, gauges)
                self._made = (now, text)
            return self._made[1]

    def _text(self, gauges: Mapping[str, float]) -> bytes:
        now = self._clock.now()
        lines: list[str] = []
        for family in families(self._latest(), self._counts, gauges, now):
            lines += [f"# HELP {family.name} {family.help}"]
            lines += [f"# TYPE {family.name} {family.kind}"]
            for some in _slices(family.samples):
                lines += _written(family, some)
                time.sleep(PAUSE_S)
        return ("\n".join(lines) + "\n").encode(errors="replace")


def _slices(samples: Sequence[Sample]) -> Iterator[Sequence[Sample]]:
    for start in range(0, len(samples), SLICE):
        yield samples[start : start + SLICE]


def _written(family: Family, samples: Sequence[Sample]) -> list[str]:
    """Return the lines of some samples, without the two that name their family."""
    from aioprometheus.collectors import Registry
    from aioprometheus.formats import text

    collector = _collector(family, Registry())
    for labels, value in samples:
        escaped = {key: one.translate(_ESCAPES) for key, one in labels.items()}
        if isinstance(value, Spread):
            collector.set_value(escaped, _histogram(value))
        elif math.isfinite(value):
            collector.set_value(escaped, value)
    lines: list[str] = text.TextFormatter().marshall_lines(collector)
    return [line for line in lines if not line.startswith("#")]


def _collector(family: Family, registry: Any) -> Any:
    from aioprometheus.collectors import Counter, Gauge, Histogram

    if family.kind is Kind.HISTOGRAM:
        return Histogram(
            family.name, family.help, registry=registry, buckets=[*BOUNDS_S, math.inf]
        )
    kind = Counter if family.kind is Kind.COUNTER else Gauge
    return kind(family.name, family.help, registry=registry)


def _histogram(spread: Spread) -> Any:
    """Return aioprometheus' own, with the numbers that were counted: its buckets hold
    all that is not more.
    """
    from aioprometheus import histogram

    made = histogram.Histogram(*BOUNDS_S)
    counts = list(spread.counts)  # the loop goes on counting
    for bound, count in zip(made.buckets, accumulate(counts), strict=True):
        made.buckets[bound] = count
    made.observations, made.sum = sum(counts), spread.sum_s
    return made
