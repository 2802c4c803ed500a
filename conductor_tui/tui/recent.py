"""A moment of the last minutes has its results, beats and samples still: those of the
live state are finer than what the journal adds up, and there before a minute is over.
"""

from array import array
from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, datetime

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.check import CheckResult
from conductor_tui.domain.health import Health
from conductor_tui.domain.resources import ResourceSample, ResourcesView
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.domain.window import Window


def with_recent(past: Snapshot, live: Snapshot) -> Snapshot:
    """Return the past with the live histories up to its moment, where those have it."""
    at, began = past.at, live.started_at
    if at is None or (began is not None and began > at):
        return past
    platforms = {
        name: _with_results(view, live.platforms.get(name), at)
        for name, view in past.platforms.items()
    }
    agents = {
        name: _with_beats(view, live.agents.get(name), at)
        for name, view in past.agents.items()
    }
    return replace(
        past,
        platforms=Roster(platforms),
        agents=Roster(agents),
        resources=_with_samples(past.resources, live.resources, at),
    )


def _with_results(
    view: PlatformView, live: PlatformView | None, at: datetime
) -> PlatformView:
    if live is None:
        return view
    window = _until(live.window, at)
    if not len(window):
        return view
    known = [result for result in live.recent if result.at <= at]
    view = replace(view, window=window, recent=tuple(known))
    if view.health is Health.UNKNOWN:
        return view
    last = known[-1] if known else _last(view, at)
    told = [result for result in (*known, last) if result.outcome.is_verdict]
    return replace(view, last=last, word=told[-1] if told else view.word)


def _last(view: PlatformView, at: datetime) -> CheckResult:
    """Return the last result of a window; its words are those of the last word, if
    that said the same.
    """
    moment, latency_s, outcome = view.results(1)[-1]
    word = view.word
    is_same = word is not None and word.outcome is outcome
    return CheckResult(
        platform=view.name,
        outcome=outcome,
        latency_s=latency_s,
        at=min(datetime.fromtimestamp(moment, UTC), at),
        detail=word.detail if word is not None and is_same else "",
    )


def _with_beats(view: AgentView, live: AgentView | None, at: datetime) -> AgentView:
    if live is None or not len(live.history):
        return view
    history = _until(live.history, at)
    if not len(history):
        return view
    later = len(live.history) - len(history)
    last_at = datetime.fromtimestamp(history.column(0, 1)[0], UTC)
    return replace(
        view,
        history=history,
        notes=live.notes[: len(live.notes) - later],
        beats=live.beats - later,
        last_at=last_at,
        heard_at=last_at,
    )


def _with_samples(
    past: ResourcesView, live: ResourcesView, at: datetime
) -> ResourcesView:
    window = _until(live.window, at)
    if not len(window) or live.sample is None:
        return past
    view = replace(past, window=window)
    return replace(view, sample=_sample(view, past.sample or live.sample))


def _sample(view: ResourcesView, known: ResourceSample) -> ResourceSample:
    """Return the newest sample of the window; what it has not is as it is known."""
    ram = view.ram(1)[-1]
    received, sent = view.network(1)[-1]
    _, five, fifteen = known.load
    return replace(
        known,
        at=datetime.fromtimestamp(view.times(1)[-1], UTC),
        cpu_percent=view.cpu(1)[-1],
        cores_percent=(),
        ram_percent=ram,
        ram_used_bytes=int(known.ram_total_bytes * ram / 100),
        swap_percent=view.swap(1)[-1],
        load=(view.load_average(1)[-1], five, fifteen),
        rx_bytes_per_s=received,
        tx_bytes_per_s=sent,
    )


def _until(window: Window, at: datetime) -> Window:
    """Return the rows up to a moment: the first column is Unix seconds."""
    rows = bisect_right(window.column(0), at.timestamp())
    columns = [
        array(code, window.column(index)[:rows])
        for index, code in enumerate(window.types)
    ]
    return Window.of(window.types, window.capacity, columns)
