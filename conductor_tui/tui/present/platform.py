"""One platform closely: its latency, its counters, its results and its timeline."""

from collections.abc import Sequence

from conductor_tui.domain.check import Outcome
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.chart import chart, per_column
from conductor_tui.tui.present.events import told
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    ends,
    fit,
    fit_line,
    fit_right,
)
from conductor_tui.tui.present.spark import Result, latencies, with_gaps
from conductor_tui.tui.present.words import (
    latency,
    stamp,
    stamp_width,
)

_CHART_HEIGHT = 4
_SIDE_BY_SIDE = 110
_MOST_RESULTS = 1000
_MARGIN = "   "
_OUTCOMES: dict[Outcome, tuple[str, Tone]] = {
    Outcome.PASSED: ("passed", "muted"),
    Outcome.FAILED: ("failed", "failed"),
    Outcome.TIMED_OUT: ("timed out", "failed"),
    Outcome.REFUSED: ("refused", "held"),
    Outcome.INCONCLUSIVE: ("inconclusive", "muted"),
}


def measured(view: PlatformView, width: int) -> tuple[Line, ...]:
    """Return the latency of the window and what was counted in it: what changes with
    the platform alone.
    """
    results = view.results()
    return (
        *_latency(view, results, width),
        fit_line((), width),
        fit_line((Span(_MARGIN), *_counters(view, results)), width),
    )


def rules(view: PlatformView, width: int) -> tuple[Line, ...]:
    """Return by which rules it is checked, and a blank."""
    words = Span(f"{_MARGIN}{_rules(view)}", "muted")
    return fit_line((words,), width), fit_line((), width)


def happened(view: PlatformView, lens: Lens, width: int) -> tuple[Line, ...]:
    """Return results and timeline, which change with the platform alone, and at
    midnight.
    """
    return tuple(_tables(view, view.results(), lens, width))


def _latency(view: PlatformView, results: Sequence[Result], width: int) -> list[Line]:
    """The chart of the whole window, with its percentiles above it."""
    if not results:
        return [fit_line((Span(f"{_MARGIN}no results yet", "muted"),), width)]
    measured = latencies(results)
    cells = with_gaps(results, view.interval_s, len(results) * 2)
    numbers = [
        span
        for label, value in (
            ("p50", measured.p50),
            ("p95", measured.p95),
            ("max", measured.top),
        )
        if value is not None
        for span in (Span(f"   {label} ", "muted"), Span(f"{latency(value):>6}"))
    ]
    share = per_column(cells, width - 4)
    grain = f"{share} checks a column" if share > 1 else "one check a column"
    span_s = view.interval_s * len(cells)
    note = f"last {format_duration(round(span_s))}, {grain} "
    title = (Span(_MARGIN), Span("Latency", "title"), *numbers)
    lines = chart(cells, width - 4, _CHART_HEIGHT)
    return [
        ends(title, (Span(note, "muted"),), width)
        if width >= 100
        else fit_line(title, width),
        *[fit_line((Span(" "), *line), width) for line in lines],
    ]


def _counters(view: PlatformView, results: Sequence[Result]) -> Line:
    bad = sum(outcome.is_bad for _, _, outcome in results)
    sent = sum(outcome.is_verdict for _, _, outcome in results)
    refused = sum(outcome is Outcome.REFUSED for _, _, outcome in results)
    share = f" ({100 * bad / sent:.1f} %)" if bad else ""
    return (
        Span("checks  ", "muted"),
        Span(f"{sent}"),
        Span("   failed ", "muted"),
        Span(f"{bad}{share}", "failed" if bad else "plain"),
        Span("   refused ", "muted"),
        Span(f"{refused}"),
        Span("   overruns ", "muted"),
        Span(f"{view.overruns}", "degraded" if view.overruns else "plain"),
    )


def _slowed(view: PlatformView) -> str:
    if view.pace == 1:
        return ""
    return f" under load (else {format_duration(view.spec.interval_s)})"


def _rules(view: PlatformView) -> str:
    spec, rule = view.spec, view.spec.breaker
    words = (
        f"every {format_duration(view.interval_s)}{_slowed(view)}, deadline "
        f"{format_duration(spec.timeout_s)}, opens after {rule.failures} failures in a "
        f"row, trial after {format_duration(rule.reset_after_s)}"
    )
    if spec.slow_after_s is not None:
        words += f", slow after {format_duration(spec.slow_after_s)}"
    if spec.rise > 1:
        words += f", HEALTHY after {spec.rise} passes in a row"
    return words


def _tables(
    view: PlatformView, results: Sequence[Result], lens: Lens, width: int
) -> list[Line]:
    """Results and timeline: side by side where there is room."""
    if width < _SIDE_BY_SIDE:
        return [
            *_timeline(view, lens, width),
            fit_line((), width),
            *_results(view, results, lens, width),
        ]
    left = width // 2
    right = width - left
    first, second = _results(view, results, lens, left), _timeline(view, lens, right)
    count = max(len(first), len(second))
    first += [fit_line((), left)] * (count - len(first))
    second += [fit_line((), right)] * (count - len(second))
    return [(*a, *b) for a, b in zip(first, second, strict=True)]


def _results(
    view: PlatformView, results: Sequence[Result], lens: Lens, width: int
) -> list[Line]:
    """The results of the window, newest first; the newest with their details. All of
    them would be drawn anew after each check: of 100,000 that takes 2 s.
    """
    details = {known.at.timestamp(): known.detail for known in view.recent}
    moments = {known.at.timestamp(): known.at for known in view.recent}
    lines = [fit_line((Span(_MARGIN), Span("Results", "title")), width)]
    clock = stamp_width(moments.values(), lens)
    for at, took, outcome in reversed(results[-_MOST_RESULTS:]):
        word, tone = _OUTCOMES[outcome]
        moment = lens.now.fromtimestamp(at, lens.now.tzinfo)
        measured = latency(took) if outcome.is_verdict else ""
        line = (
            Span(f"{_MARGIN}{fit(stamp(moment, lens), clock)}  ", "muted"),
            Span(fit(word, 12), tone),
            Span(fit_right(measured, 8)),
            Span(f"  {details.get(at, '')}", "muted"),
        )
        lines.append(fit_line(line, width))
    older = len(results) - _MOST_RESULTS
    if older > 0:
        words = f"{_MARGIN}{older} older ones are in the chart alone"
        lines.append(fit_line((Span(words, "muted"),), width))
    return lines


def _timeline(view: PlatformView, lens: Lens, width: int) -> list[Line]:
    """What happened to the platform and its breaker, newest first."""
    lines = [fit_line((Span(_MARGIN), Span("Timeline", "title")), width)]
    clock = stamp_width((envelope.at for envelope in view.timeline), lens)
    for envelope in reversed(view.timeline):
        words = told(envelope.event, lens)
        if words is None:
            continue
        line = (
            Span(f"{_MARGIN}{fit(stamp(envelope.at, lens), clock)}  ", "muted"),
            Span(fit(words.head, 16), words.tone),
            Span(f"  {words.detail}", "muted"),
        )
        lines.append(ends(line, (Span(" "),), width))
    return lines
