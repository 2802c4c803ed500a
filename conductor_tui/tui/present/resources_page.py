"""The host's resources over up to 30 minutes, laid out for the size that there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.forecasting.forecast import Forecast
from conductor_tui.domain.resources import (
    SAMPLE_INTERVAL_S,
    DiskUse,
    LoadLimits,
    LoadState,
    ResourceSample,
    ResourcesView,
)
from conductor_tui.tui.present.foreseen import full_disk, outlook
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.plot import (
    Expected,
    Limit,
    Scale,
    Track,
    axis,
    columns,
    expected,
    margin,
    plot,
    round_top,
    sparks,
    titled,
)
from conductor_tui.tui.present.quantity import bar, number, size
from conductor_tui.tui.present.resources import STATE_TONES
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    cells,
    ends,
    fit,
    fit_line,
)
from conductor_tui.tui.present.words import rate, stamp, stamp_width

WINDOWS_S = (300.0, 900.0, 1800.0)
_TWO, _THREE = 76, 150  # cells from which panels stand side by side
_GAP = 3
_AIRY = 10  # lines to see from which a blank one is no loss
_LEAST, _MOST = 3, 14  # lines of a plot
_CORE_SPARK = 10
_MANY_CORES = 16
_MOUNT, _BAR = 24, 24
_MOST_SPELLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """One plot with its words."""

    name: str
    value: str
    notes: str
    history: Sequence[float]
    scale: Scale
    limits: tuple[Limit, ...] = ()
    tone: Tone = "plain"
    forecast: Forecast | None = None


def resources_page(
    view: ResourcesView, width: int, height: int, span_s: float, lens: Lens
) -> tuple[Line, ...]:
    """Return the page for `width` cells; with `height` lines to see, the plots grow.

    `span_s` is how much of the history is shown.
    """
    if view.sample is None:
        words = view.trouble or "the first reading is on its way"
        return (
            _row((Span(" Resources", "title"),), width),
            _row((Span(f" not measured yet: {words}", "muted"),), width),
        )
    below = [
        *_disks(view, width, span_s),
        *_spells(view, width, lens),
        *_cores(view, view.sample, width, span_s),
    ]
    heading = _heading(view, width, span_s)
    if height < _AIRY:
        heading = heading[:-1]
    panels = _panels(view, view.sample)
    beside = 1 if width < _TWO else 2 if width < _THREE else 3
    rows = [panels[at : at + beside] for at in range(0, len(panels), beside)]
    spare = height - len(heading) - len(below)
    tall = max(_LEAST, min(_MOST, spare // len(rows) - 2))
    drawn = [_side_by_side(row, beside, view, width, tall, span_s) for row in rows]
    return (*heading, *(line for row in drawn for line in row), *below)


def _heading(view: ResourcesView, width: int, span_s: float) -> list[Line]:
    """Load state and why, and the trouble with measuring, if any."""
    state, limits = view.load.state, view.limits
    used = view.used()
    tone = STATE_TONES[state]
    word = state.value if state is LoadState.NORMAL else f" {state.value} "
    hot = ", ".join(
        f"{name} {used[name]:.0f} %" for name in sorted(view.load.hot) if name in used
    )
    rules = (
        f"DEGRADED at {limits.degraded_at:g} %, well again at "
        f"{limits.recovered_at:g} %; EMERGENCY at {limits.emergency_at:g} % RAM"
    )
    start: Line = (
        Span(" Resources  ", "title"),
        Span("load ", "muted"),
        Span(word, tone),
        Span("  " if hot else ""),
        Span(hot, "degraded"),
    )
    if width >= cells(start) + len(rules) + 18:
        start = (*start, Span(f"   {rules}", "muted"))
    lines = [
        ends(start, (Span(f"last {span_s / 60:g} min ", "accent"),), width),
        fit_line((), width),
    ]
    if view.sample and view.sample.limits:
        words = f" all percent are of {view.sample.limits}"
        lines.insert(1, _row((Span(words, "muted"),), width))
    if words := "   ".join(filter(None, _outlooks(view))):
        lines.insert(1, _row((Span(f" ahead  {words}", "degraded"),), width))
    if view.trouble:
        words = f" not measured any more: {view.trouble}"
        lines.insert(1, _row((Span(words, "degraded"),), width))
    return lines


def _outlooks(view: ResourcesView) -> list[str]:
    """What CPU, RAM and the fullest disk will come to, where that is of note."""
    limit = view.limits.degraded_at
    return [
        outlook(name, view.forecasts.get(name), limit)
        for name in ("ram", "cpu", "disk")
    ]


def _panels(view: ResourcesView, sample: ResourceSample) -> list[_Panel]:
    percent = Scale(top=100.0, words=lambda value: f"{value:.0f} %")
    hot, limits = view.load.hot, view.limits
    cores = len(sample.cores_percent)
    panels = [
        _Panel(
            name="CPU",
            value=f"{sample.cpu_percent:3.0f} %",
            notes=f"of {cores} cores" if cores > 1 else "",
            history=view.cpu(),
            scale=percent,
            limits=_limits(limits, "cpu" in hot),
            tone="degraded" if "cpu" in hot else "plain",
            forecast=view.forecasts.get("cpu"),
        ),
        _Panel(
            name="RAM",
            value=f"{sample.ram_percent:3.0f} %",
            notes=f"{size(sample.ram_used_bytes)} of {size(sample.ram_total_bytes)}",
            history=view.ram(),
            scale=percent,
            limits=_limits(limits, "ram" in hot, emergency=True),
            tone=_ram_tone(view),
            forecast=view.forecasts.get("ram"),
        ),
    ]
    if sample.swap_total_bytes:
        used = f"{size(sample.swap_used_bytes)} of {size(sample.swap_total_bytes)}"
        panels.append(
            _Panel(
                name="SWAP",
                value=f"{sample.swap_percent:3.0f} %",
                notes=used,
                history=view.swap(),
                scale=percent,
            )
        )
    return [*panels, _load(view, sample, cores), *_network(view, sample)]


def _ram_tone(view: ResourcesView) -> Tone:
    if "ram" not in view.load.hot:
        return "plain"
    return "failed" if view.load.state is LoadState.EMERGENCY else "degraded"


def _limits(
    limits: LoadLimits, is_hot: bool, *, emergency: bool = False
) -> tuple[Limit, ...]:
    """The limits that a resource is judged by, the most telling first."""
    found = [Limit(at=limits.degraded_at, label=_at(limits.degraded_at))]
    if is_hot:
        found = [Limit(at=found[0].at, label=found[0].label, tone="degraded")]
    if emergency:
        at = limits.emergency_at
        found.append(Limit(at=at, label=_at(at), tone="failed"))
    recovered = Limit(at=limits.recovered_at, label=_at(limits.recovered_at))
    return (*found, recovered)


def _at(percent: float) -> str:
    return f"{percent:g}"


def _load(view: ResourcesView, sample: ResourceSample, cores: int) -> _Panel:
    history = view.load_average()
    one, five, fifteen = sample.load
    top = round_top(max(history, default=0.0), 1.0)
    is_near = 0 < cores <= top
    limits = (Limit(at=float(cores), label=f"{cores}"),) if is_near else ()
    return _Panel(
        name="LOAD",
        value=f"{one:5.2f}",
        notes=f"5 min {five:.2f}   15 min {fifteen:.2f}",
        history=history,
        scale=Scale(top=top, words=lambda value: f"{value:g}"),
        limits=limits,
    )


def _network(view: ResourcesView, sample: ResourceSample) -> list[_Panel]:
    """In and out, on one scale: what is small beside the other looks small."""
    flows = view.network()
    top = round_top(max((max(flow) for flow in flows), default=0.0), 1000.0)
    scale = Scale(top=top, words=rate, cells=8)
    return [
        _Panel(
            name=name,
            value=f"{rate(now):>9}",
            notes=f"at most {rate(max((flow[at] for flow in flows), default=0.0))}",
            history=[flow[at] for flow in flows],
            scale=scale,
        )
        for at, (name, now) in enumerate(
            (("NET IN", sample.rx_bytes_per_s), ("NET OUT", sample.tx_bytes_per_s))
        )
    ]


def _side_by_side(
    panels: Sequence[_Panel],
    beside: int,
    view: ResourcesView,
    width: int,
    height: int,
    span_s: float,
) -> list[Line]:
    each = (width - 2 - _GAP * (beside - 1)) // beside
    drawn = [_drawn(panel, view, each, height, span_s) for panel in panels]
    lines = []
    for parts in zip(*drawn, strict=True):
        line: list[Span] = [Span(" ")]
        for at, part in enumerate(parts):
            line += [Span(" " * _GAP)] * (at > 0) + list(part)
        lines.append(fit_line(line, width))
    return lines


def _drawn(
    panel: _Panel, view: ResourcesView, width: int, height: int, span_s: float
) -> list[Line]:
    right = margin(panel.limits)
    room = width - panel.scale.cells - 1 - right
    track = _track(view, panel.history)
    ahead = _ahead(panel.forecast, span_s, room)
    shown = columns(track, span_s, room - len(ahead))
    return [
        titled(panel.name, panel.value, panel.tone, panel.notes, width),
        *plot(shown, width, height, panel.scale, panel.limits, ahead),
        axis(span_s, len(shown), width, right, len(ahead)),
    ]


def _ahead(forecast: Forecast | None, span_s: float, room: int) -> list[Expected]:
    """Return the band, on the scale of the past; at most half as long as that."""
    if forecast is None:
        return []
    bands = [
        (one.in_s, one.low, one.high)
        for one in forecast.ahead
        if one.low is not None and one.high is not None
    ]
    ahead_s = min(span_s / 2, max((in_s for in_s, _, _ in bands), default=0.0))
    width = int(room * ahead_s / (span_s + ahead_s))
    return expected(bands, forecast.now, ahead_s, width) if width > 1 else []


def _track(view: ResourcesView, values: Sequence[float]) -> Track:
    times = view.times(len(values))
    return Track(times=times, values=values, every_s=SAMPLE_INTERVAL_S)


def _cores(
    view: ResourcesView, sample: ResourceSample, width: int, span_s: float
) -> list[Line]:
    """A grid with a cell for each core; where there are few, with its history."""
    percents = sample.cores_percent
    if len(percents) < 2:
        return []
    digits = len(str(len(percents) - 1))
    spark = _CORE_SPARK if len(percents) <= _MANY_CORES else 1
    cell = digits + 6 + 1 + spark + _GAP
    across = max(1, (width - 2 + _GAP) // cell)
    drawn = [
        (
            Span(f"{core:>{digits}} ", "muted"),
            Span(f"{percent:3.0f} % "),
            Span(_core_spark(view, core, spark, span_s), "spark"),
            Span(" " * _GAP),
        )
        for core, percent in enumerate(percents)
    ]
    rows = [drawn[at : at + across] for at in range(0, len(drawn), across)]
    return [
        _row((Span(" Cores", "title"),), width),
        *[
            _row((Span(" "), *(span for part in row for span in part)), width)
            for row in rows
        ],
    ]


def _core_spark(view: ResourcesView, core: int, width: int, span_s: float) -> str:
    if width == 1:  # the newest reading, as a bar
        return sparks(_track(view, view.core(core, 1)), SAMPLE_INTERVAL_S, 1, 100.0)
    return sparks(_track(view, view.core(core)), span_s, width, 100.0)


def _disks(view: ResourcesView, width: int, span_s: float) -> list[Line]:
    """The mounted file systems, the fullest first."""
    disks = view.sample.disks if view.sample else ()
    if not disks:
        return []
    ordered = sorted(disks, key=lambda disk: -disk.percent)
    name = min(_MOUNT, max(len(disk.mount) for disk in disks), max(6, width // 4))
    return [
        _row((Span(" Disks", "title"),), width),
        *[_disk(view, disk, name, width, span_s) for disk in ordered],
        fit_line((), width),
    ]


def _spells(view: ResourcesView, width: int, lens: Lens) -> list[Line]:
    """The newest load states, the newest first: since when, for how long, and why."""
    newest = view.spells[::-1][:_MOST_SPELLS]
    if not newest:
        return []
    clock = stamp_width((one.at for one in newest), lens)
    lines, later = [_row((Span(" Load", "title"),), width)], lens.now
    for one in newest:
        lasted = short_duration(max(0.0, (later - one.at).total_seconds()))
        tone: Tone = "failed" if one.state is LoadState.EMERGENCY else "degraded"
        line = (
            Span(f" {fit(stamp(one.at, lens), clock)}  ", "muted"),
            Span(fit(one.state, 10), "muted" if one.state.is_well else tone),
            Span(f" {lasted:>6}", "plain"),
            Span(f"  {one.why}", "muted"),
        )
        lines.append(_row(line, width))
        later = one.at
    return [*lines, fit_line((), width)]


def _disk(
    view: ResourcesView, disk: DiskUse, name: int, width: int, span_s: float
) -> Line:
    limit = view.limits.degraded_at
    tone: Tone = "degraded" if disk.percent >= limit else "plain"
    line: list[Span] = [
        Span(f" {fit(disk.mount, name)} "),
        *number(f"{disk.percent:.0f} %", 5, tone),
        Span(" "),
    ]
    used = f"{size(disk.used_bytes):>9} of {size(disk.total_bytes):>9}"
    room = width - cells(line) - len(used) - 3
    if room >= 8:
        wide = min(_BAR, room)
        line += [*bar(disk.percent, wide, limit, tone), Span("  ")]
    words = full_disk(view, disk.mount)
    told = Span(f"  {words}" if words else "", "degraded")
    if cells((*line, Span(used), told)) <= width or not words:
        line += [Span(used, "muted"), told]
    else:  # what is to come is worth more than what is
        line.append(Span(words, "degraded"))
    spare = min(_BAR, width - cells(line) - 3)
    if spare >= 8:
        history = _track(view, view.mount(disk.mount))
        line.append(Span(f"  {sparks(history, span_s, spare, 100.0)}", "spark"))
    return _row(line, width)


def _row(line: Sequence[Span], width: int) -> Line:
    return fit_line(line, width)
