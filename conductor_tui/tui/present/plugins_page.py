"""The plug-ins: a row for each, and all that is known of the one under the cursor."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.plugin import LogLine, PluginSpec, PluginState, PluginView
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.plugin_words import PLUGIN_SIGNS, PLUGIN_TONES
from conductor_tui.tui.present.quantity import size
from conductor_tui.tui.present.spans import Line, Span, Tone, cells, ends, fit, fit_line
from conductor_tui.tui.present.table import Cell, Column
from conductor_tui.tui.present.words import age, stamp, wait
from conductor_tui.tui.present.wrapping import wrapped

PLUGIN_COLUMNS = (
    Column("", 1),
    Column("state", 10),
    Column("plug-in", 18),
    Column("pid", 7, is_right=True, needs=100),
    Column("memory", 8, is_right=True, needs=60),
    Column("cpu", 5, is_right=True, needs=90),
    Column("restarts", 8, is_right=True, needs=100),
    Column("requests", 8, is_right=True, needs=90),
    Column("for", 5, is_right=True, needs=45),
    Column("why, or its last error", 0, needs=45),
)
_LABEL = 10
_FOLDER = "~/.config/conductor-tui/plugins"
_ROWS = 3  # of words that say what went wrong
_CALM_ROWS = 2
_LOUD = ("failed", "degraded")
_STREAMS: dict[str, Tone] = {"stdout": "plain", "stderr": "degraded"}


def plugins_title(snapshot: Snapshot, width: int) -> Line:
    """Return the line above the list: how many, in which states."""
    views = list(snapshot.plugins.in_order())
    counts = {
        state: count
        for state in PluginState
        if (count := sum(view.state is state for view in views))
    }
    start = (Span(" Plug-ins", "title"), Span(f"  {len(views)}  ", "muted"))
    spelled = _tally(counts, lambda state: f" {state.lower()}")
    fits = cells((*start, *spelled)) <= width
    return ends(start, spelled if fits else _tally(counts, lambda _: ""), width)


def _tally(
    counts: Mapping[PluginState, int], word: Callable[[PluginState], str]
) -> list[Span]:
    return [
        Span(f"{PLUGIN_SIGNS[state]} {count}{word(state)}  ", PLUGIN_TONES[state])
        for state, count in counts.items()
    ]


def plugin_cells(view: PluginView, lens: Lens) -> tuple[Cell, ...]:
    """Return the row of a plug-in: a cell for each of PLUGIN_COLUMNS."""
    takes, tone = view.figures, PLUGIN_TONES[view.state]
    has_process = takes.pid is not None
    is_own = view.state is PluginState.ACTIVE and not view.spec.isolate
    busy = f"{takes.in_flight}+{takes.waiting}" if view.state.is_wanted else ""
    restarts = str(view.restarts) if view.restarts else ""
    words, words_tone = _words(view, lens)
    return (
        Cell(PLUGIN_SIGNS[view.state], tone),
        Cell(view.state, tone),
        Cell(view.name, "title"),
        Cell(str(takes.pid) if has_process else "ours" if is_own else "", "muted"),
        Cell(size(takes.rss_bytes) if has_process else "", "plain"),
        Cell(f"{takes.cpu_percent:.0f} %" if has_process else "", "plain"),
        Cell(restarts, "degraded" if restarts else "muted"),
        Cell(busy, "plain" if busy != "0+0" else "muted"),
        Cell(age(view.since, lens), "muted"),
        Cell(words, words_tone),
    )


def plugin_detail(
    view: PluginView, snapshot: Snapshot, lens: Lens, width: int
) -> list[Line]:
    """Return what is known of one plug-in, a fact a line; the most urgent first."""
    lines: list[Line] = []
    room = max(1, width - _LABEL - 3)
    for label, words, tone in _facts(view, snapshot, lens):
        parts = wrapped(words, room)
        rows = _ROWS if tone in _LOUD else _CALM_ROWS
        for place, part in enumerate(parts[:rows]):
            head = fit(label if place == 0 else "", _LABEL)
            end = "…" if place == rows - 1 and len(parts) > rows else ""
            line = Span(f" {head} ", "muted"), Span(f"{part}{end}", tone)
            lines.append(fit_line(line, width))
    return lines


def log_lines(log: Sequence[LogLine], lens: Lens, width: int) -> list[Line]:
    """Return what it wrote, the newest at the bottom."""
    if not log:
        words = Span(" it has written nothing", "muted")
        return [fit_line((words,), width)]
    return [
        fit_line(
            (
                Span(f" {stamp(line.at, lens)} ", "muted"),
                Span("! " if line.stream == "stderr" else "  ", "degraded"),
                Span(line.text, _STREAMS.get(line.stream, "muted")),
            ),
            width,
        )
        for line in log
    ]


def begin_plugin_lines(width: int) -> list[Line]:
    """Return what an empty list says: how to come by a plug-in."""
    words: Sequence[tuple[str, Tone]] = (
        ("", "plain"),
        ("No plug-in is installed. Write one that works, and make it yours:", "plain"),
        ("", "plain"),
        ("  conductor-tui plugin new my-platform", "accent"),
        ("  pip install ./my-platform", "accent"),
        ("  conductor-tui plugin enable my-platform", "accent"),
        ("", "plain"),
        ("or, without a package, as one file in the folder of plug-ins:", "muted"),
        ("", "plain"),
        (f"  conductor-tui plugin new my_platform {_FOLDER} --file", "accent"),
    )
    return [fit_line((Span(f" {text}", tone),), width) for text, tone in words]


def _words(view: PluginView, lens: Lens) -> tuple[str, Tone]:
    """Return why it is as it is; of one that does well, what went wrong last."""
    if view.state is PluginState.ACTIVE:
        if not view.error:
            return view.spec.source, "muted"
        ago = age(view.error_at, lens)
        return f"{ago} ago: {view.error}", "muted"
    if view.retry_at is not None and (left := wait(view.retry_at, lens)):
        return f"again in {left}: {view.why}", "degraded"
    is_bad = view.state is PluginState.FAILED
    return view.why, "failed" if is_bad else "muted"


def _facts(
    view: PluginView, snapshot: Snapshot, lens: Lens
) -> Iterator[tuple[str, str, Tone]]:
    spec, limits, takes = view.spec, view.spec.limits, view.figures
    if view.why and view.state is not PluginState.ACTIVE:
        tone: Tone = "failed" if view.state is PluginState.FAILED else "plain"
        yield "why", view.why, tone
    if view.error and view.error != view.why:
        ago = age(view.error_at, lens)
        yield "last error", f"{ago} ago: {view.error}", "degraded"
    if takes.pid is not None:
        yield (
            "takes",
            f"pid {takes.pid}: {size(takes.rss_bytes)} of {size(limits.memory_bytes)}, "
            f"{takes.cpu_percent:.0f} % of a core, "
            f"{takes.processes} of {limits.processes} processes",
            "plain",
        )
    if view.state.is_wanted:
        yield (
            "requests",
            f"{takes.in_flight} of {limits.at_once} under way, {takes.waiting} of "
            f"{limits.waiting} wait; {takes.asked:,} asked, {takes.failed:,} failed",
            "plain",
        )
        budget = f"{limits.restarts} in {format_duration(limits.within_s)}"
        yield "restarts", f"{view.restarts}, at most {budget}", "plain"
    if spec.requires:
        yield "requires", ", ".join(_required(view, snapshot)), "plain"
    platforms = snapshot.platforms_of(view.name)
    if platforms:
        yield "watches", ", ".join(platforms), "plain"
    how = "a process of its own" if spec.isolate else "in conductor's own process"
    parts = (spec.source, spec.target, how, spec.origin)
    yield "made of", " · ".join(filter(None, parts)), "muted"
    yield "limits", _limits(spec), "muted"


def _limits(spec: PluginSpec) -> str:
    """Return what it may take. In our own process nobody measures, or ends, it."""
    most = spec.limits
    times = (
        f"request {format_duration(most.request_s)}",
        f"start {format_duration(most.start_s)}",
        f"stop {format_duration(most.stop_s)}",
    )
    if not spec.isolate:
        return ", ".join(times)
    return ", ".join(
        (
            f"memory {size(most.memory_bytes)}",
            f"cpu {format_duration(most.cpu_s)} a minute",
            f"output {size(most.output_bytes)} a minute",
            f"{most.open_files} open files",
            f"{most.processes} processes",
            *times,
            f"no answer {format_duration(most.hang_s)}",
        )
    )


def _required(view: PluginView, snapshot: Snapshot) -> Iterator[str]:
    for name in view.spec.requires:
        other = snapshot.plugins.get(name)
        yield f"{name} ({other.state if other else 'not there'})"
