"""The strip of the host's resources: as much of it as the line has room for."""

from dataclasses import dataclass

from conductor_tui.domain.resources import LoadState, ResourceSample, ResourcesView
from conductor_tui.tui.present.foreseen import growth
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    bar_tone,
    cells,
    ends,
    fit_line,
)
from conductor_tui.tui.present.spark import percents
from conductor_tui.tui.present.words import rate

_WIDEST_SPARK = 28
_LEAST_SPARK = 6
STATE_TONES: dict[LoadState, Tone] = {
    LoadState.NORMAL: "muted",
    LoadState.DEGRADED: "degraded",
    LoadState.EMERGENCY: "alarm",
}


@dataclass(frozen=True, slots=True)
class _Gauge:
    """A label, a value of fixed width, and the percentages for a sparkline, if any."""

    label: str
    value: str
    tone: Tone = "plain"
    history: tuple[float, ...] | None = None

    def spans(self, spark: int, gap: int) -> Line:
        line = [Span(f"{self.label} ", "muted"), Span(self.value, self.tone)]
        if self.history is not None and spark:
            line.append(Span(" " + percents(self.history, spark), bar_tone(self.tone)))
        return *line, Span(" " * gap)


def resources(view: ResourcesView, width: int) -> Line:
    """Return the strip. What does not fit is left out, the least telling first."""
    if view.trouble:
        words = f" this host cannot be measured: {view.trouble}"
        return fit_line((Span(words, "degraded"),), width)
    if view.sample is None:
        return fit_line((Span(" measuring this host", "muted"),), width)
    state = _state(view)
    gap = 3 if width >= 100 else 2
    room = width - 1 - cells(state)
    gauges = _fitting(_gauges(view, view.sample), room, gap)
    sparks = sum(gauge.history is not None for gauge in gauges)
    spare = room - sum(cells(gauge.spans(0, gap)) for gauge in gauges)
    spark = min(_WIDEST_SPARK, spare // sparks - 1) if sparks else 0
    spark = spark if spark >= _LEAST_SPARK else 0
    line = [span for gauge in gauges for span in gauge.spans(spark, gap)]
    return ends((Span(" "), *line), state, width)


def _gauges(view: ResourcesView, sample: ResourceSample) -> list[_Gauge]:
    """Return the gauges, the most telling first."""
    disk = sample.fullest_disk
    gauges = [
        _percent(view, "cpu", sample.cpu_percent, view.cpu(_WIDEST_SPARK)),
        _percent(view, "ram", sample.ram_percent, view.ram(_WIDEST_SPARK)),
    ]
    if disk is not None:
        gauges.append(_percent(view, "disk", disk.percent))
    gauges.append(_Gauge("LOAD", f"{sample.load[0]:5.2f}"))
    if sample.swap_used_bytes:
        gauges.append(_percent(view, "swap", sample.swap_percent))
    network = f"↓{rate(sample.rx_bytes_per_s):>9} ↑{rate(sample.tx_bytes_per_s):>9}"
    return [*gauges, _Gauge("NET", network)]


def _percent(
    view: ResourcesView,
    name: str,
    percent: float,
    history: tuple[float, ...] | None = None,
) -> _Gauge:
    tone: Tone = STATE_TONES[view.load.state] if name in view.load.hot else "plain"
    if tone == "alarm":  # a fill behind a sparkline would hide it
        tone = "failed"
    return _Gauge(name.upper(), f"{percent:3.0f} %", tone, history)


def _fitting(gauges: list[_Gauge], room: int, gap: int) -> list[_Gauge]:
    """Return as many gauges as fit; at a pinch they go without sparklines."""
    while gauges:
        needed = sum(cells(gauge.spans(0, gap)) for gauge in gauges)
        sparks = sum(gauge.history is not None for gauge in gauges)
        enough = len(gauges) <= 3 or room >= needed + sparks * (_LEAST_SPARK + 1)
        if needed <= room and enough:
            break
        gauges = gauges[:-1]
    return gauges


def _state(view: ResourcesView) -> Line:
    if view.load.state is LoadState.NORMAL:
        words = growth(view)
        return (Span(f"{words} ", "degraded"),) if words else ()
    badge = Span(f" {view.load.state.value} ", STATE_TONES[view.load.state])
    hot = " " + " ".join(sorted(view.load.hot))
    return badge, Span(f"{hot} ", STATE_TONES[LoadState.DEGRADED])
