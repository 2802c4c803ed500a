"""Conductor about itself: does it keep up, what does it cost, what is in its way?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from conductor_tui.domain.own import OWN_INTERVAL_S, OwnSample, OwnView, Stall
from conductor_tui.domain.snapshot import SettingsView, Snapshot
from conductor_tui.tui.present.clients import are_known, per_second
from conductor_tui.tui.present.figures import ScreenFigures
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.plot import Track, round_top, sparks
from conductor_tui.tui.present.quantity import number, size
from conductor_tui.tui.present.spans import Line, Span, Tone, fit, fit_line
from conductor_tui.tui.present.viewers import attached
from conductor_tui.tui.present.words import age, latency, stamp

_LABEL, _VALUE = 13, 14
_WIDEST, _LEAST = 64, 10
_SPAN_S = 1800.0
_TWO = 110
_LATE_S = 0.05  # a p99 above it: checks do not begin when they should


@dataclass(frozen=True, slots=True)
class _Figure:
    """A label, a value, what it means, and its history. The scale of that ends at
    `least_top` or above, so that what is small looks small.
    """

    label: str
    value: str
    note: str = ""
    tone: Tone = "plain"
    history: tuple[float, ...] = ()
    least_top: float = 1.0
    written: Callable[[float], str] = str


def own_page(
    snapshot: Snapshot, figures: ScreenFigures, lens: Lens, width: int
) -> tuple[Line, ...]:
    """Return the page; side by side where there is room."""
    own = snapshot.own
    people = (*attached(snapshot, lens), ()) if snapshot.viewers else ()
    half = width if width < _TWO else width // 2
    left = [*_engine(snapshot, half), *_process(own, half)]
    right = [
        *people,
        *_screen(figures, half),
        *_stalls(own, lens),
        *_settings(snapshot.settings, lens, half),
    ]
    if half == width:
        return tuple(fit_line(line, width) for line in (*left, *right))
    rows = max(len(left), len(right))
    left += [()] * (rows - len(left))
    right += [()] * (rows - len(right))
    pairs = zip(left, right, strict=True)
    return tuple((*fit_line(a, half), *fit_line(b, width - half)) for a, b in pairs)


def _engine(snapshot: Snapshot, width: int) -> list[Line]:
    own, sample = snapshot.own, snapshot.own.sample
    if sample is None:
        words = " the engine has not measured itself yet"
        return [_title("Engine"), (Span(words, "muted"),), ()]
    figures = (
        _Figure(
            "loop lag",
            latency(sample.lag_max_s),
            f"longest; p50 {latency(sample.lag_p50_s)}",
            _above(sample.lag_max_s, _LATE_S),
            own.lag(),
            _LATE_S,
            latency,
        ),
        _Figure(
            "checks begin",
            latency(sample.late_p99_s),
            f"late at p99; p50 {latency(sample.late_p50_s)}",
            _above(sample.late_p99_s, _LATE_S),
            own.lateness(),
            _LATE_S,
            latency,
        ),
        *_counts(sample),
        *_clients(snapshot),
    )
    return [_title("Engine"), *_rows(figures, own, width), ()]


def _counts(sample: OwnSample) -> Iterable[_Figure]:
    yield _Figure("checks", f"{sample.checks:,}", "since the start")
    yield _Figure("in flight", f"{sample.in_flight:,}", "checks under way now")
    yield _Figure(
        "overruns",
        f"{sample.overruns:,}",
        "due again while still checked",
        "degraded" if sample.overruns else "plain",
    )
    yield _Figure(
        "inconclusive",
        f"{sample.inconclusive:,}",
        "found in a stall: no verdicts",
        "degraded" if sample.inconclusive else "plain",
    )


def _clients(snapshot: Snapshot) -> Iterable[_Figure]:
    if not are_known(snapshot):
        return
    every = [
        one.traffic
        for client in snapshot.clients.in_order()
        for one in client.holdings.values()
    ]
    calls = f", {per_second(sum(one.calls_hz for one in every))}" if every else ""
    yield _Figure("clients", f"{len(snapshot.clients):,}", f"ask our breakers{calls}")


def _process(own: OwnView, width: int) -> list[Line]:
    sample = own.sample
    if sample is None:
        return []
    figures = (
        _Figure(
            "CPU",
            f"{sample.cpu_percent:.1f} %",
            "of one core",
            "plain",
            own.cpu(),
            10.0,
            lambda percent: f"{percent:g} %",
        ),
        _Figure(
            "RSS",
            size(sample.rss_bytes),
            "resident memory",
            "plain",
            own.rss(),
            100.0,
            lambda mebibytes: f"{mebibytes:g} MiB",
        ),
        _Figure("threads", f"{sample.threads:,}"),
        _Figure("open files", f"{sample.open_files:,}", "sockets too"),
    )
    return [_title("This process"), *_rows(figures, own, width), ()]


def _screen(figures: ScreenFigures, width: int) -> list[Line]:
    colors = "2^24" if figures.colors >= 1 << 24 else str(figures.colors or "none")
    top = round_top(max(figures.traffic, default=0.0), 1000.0)
    room = min(_WIDEST, width - 4)
    rows = [
        _row(
            _Figure(
                "frames",
                f"{figures.frames:,}",
                f"{figures.frames_per_s:.1f} a second drawn",
            )
        ),
        _row(
            _Figure(
                "written",
                f"{size(figures.written_bytes)}",
                f"{figures.bytes_per_s / 1000:.1f} kB/s to this terminal",
            )
        ),
    ]
    if figures.traffic and room >= _LEAST:
        seconds = [float(at) for at in range(len(figures.traffic))]
        track = Track(times=seconds, values=figures.traffic, every_s=1.0)
        drawn = sparks(track, room, room, top)
        rows.append(
            (Span(f" {drawn} ", "spark"), Span(f"of {top / 1000:g} kB/s", "muted"))
        )
    rows += [
        _row(_Figure("size", f"{figures.width} x {figures.height}", "cells")),
        _row(_Figure("colours", colors, f"theme {figures.theme}")),
        _row(_Figure("TERM", figures.term or "not set")),
        _row(
            _Figure(
                "encoding",
                figures.encoding or "unknown",
                "ASCII signs only" if figures.ascii else "",
            )
        ),
    ]
    return [_title("This screen"), *rows, ()]


def _stalls(own: OwnView, lens: Lens) -> list[Line]:
    """The stall that goes on, the last one, and how many there were."""
    lines: list[Line] = [_title("Stalls")]
    if own.stall:
        lines += _stall(own.stall, "now", "alarm", lens)
    if own.last_stall:
        ended = f"{age(own.last_stall.at, lens)} ago"
        lines += _stall(own.last_stall, ended, "plain", lens)
        lines.append((Span(f" {own.stalls} since the start", "muted"),))
    if not own.stall and not own.last_stall:
        lines.append((Span(" none since the start", "muted"),))
    return [*lines, ()]


def _stall(stall: Stall, when: str, tone: Tone, lens: Lens) -> list[Line]:
    lasted = _Figure(when, latency(stall.lasted_s), f"at {stamp(stall.at, lens)}", tone)
    by = ": ".join(filter(None, (stall.task, stall.where))) or stall.why
    return [_row(lasted), (Span(f" {'':{_LABEL}}"), Span(by or "nobody was caught"))]


def _settings(settings: SettingsView, lens: Lens, width: int) -> list[Line]:
    lines: list[Line] = [_title("Settings")]
    lines.append((Span(f" {settings.source or 'none were read'}"),))
    if settings.at:
        read = f" read {stamp(settings.at, lens)}, {age(settings.at, lens)} ago"
        lines.append((Span(read, "muted"),))
    if settings.problems:
        words = " cannot be used now; what was read before is in force:"
        lines.append((Span(words, "degraded"),))
    return [*lines, *_wrapped(settings.problems, width)]


def _wrapped(problems: Sequence[str], width: int) -> list[Line]:
    """Return each problem on as many lines as it needs: it says the way out."""
    lines: list[Line] = []
    room = max(8, width - 4)
    for problem in problems:
        start = " - "
        words = ""
        for word in problem.split(" "):
            if words and len(words) + 1 + len(word) > room:
                lines.append((Span(f"{start}{words}"),))
                start, words = "   ", word
            else:
                words = f"{words} {word}".strip()
        lines.append((Span(f"{start}{words}"),))
    return lines


def _rows(figures: Iterable[_Figure], own: OwnView, width: int) -> list[Line]:
    """A line for each figure, and a second one with its history, if it has any."""
    lines: list[Line] = []
    room = min(_WIDEST, width - 16)
    for figure in figures:
        lines.append(_row(figure))
        if figure.history and room >= _LEAST:
            lines.append(_history(figure, own, room))
    return lines


def _history(figure: _Figure, own: OwnView, room: int) -> Line:
    times = own.times(len(figure.history))
    track = Track(times=times, values=figure.history, every_s=OWN_INTERVAL_S)
    top = round_top(max(figure.history), figure.least_top)
    drawn = sparks(track, _SPAN_S, room, top)
    return Span(f" {drawn} ", "spark"), Span(f"of {figure.written(top)}", "muted")


def _row(figure: _Figure) -> Line:
    line = (
        Span(f" {fit(figure.label, _LABEL)}", "muted"),
        *number(figure.value, _VALUE, figure.tone),
    )
    return (*line, Span(f"  {figure.note}", "muted")) if figure.note else line


def _title(words: str) -> Line:
    return (Span(f" {words}", "title"),)


def _above(value: float, limit: float) -> Tone:
    return "degraded" if value > limit else "plain"
