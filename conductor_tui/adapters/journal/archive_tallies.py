"""Puts tallies in the place of the results and samples that no journal keeps.

A minute becomes one result, in its middle, with the mean latency of its checks, and as
many samples of the host as there are in one minute. Where minutes are kept no more,
hours say what the checks found, and then days.
"""

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from conductor_tui.adapters.journal.tally_rows import Counted, counted, host_tallies
from conductor_tui.domain.check import CheckResult, Outcome
from conductor_tui.domain.events import HealthChanged
from conductor_tui.domain.health import Health
from conductor_tui.domain.resources import (
    KEPT_SAMPLES,
    SAMPLE_INTERVAL_S,
    ResourceSample,
    ResourcesView,
)
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.domain.window import Window
from conductor_tui.ports import HostTally

MINUTE_S = 60
SHOWN_S = KEPT_SAMPLES * SAMPLE_INTERVAL_S
STRETCHES_S = {MINUTE_S: SHOWN_S, 3600: 86_400.0, 86_400: 30 * 86_400.0}
_A_MINUTE = int(MINUTE_S / SAMPLE_INTERVAL_S)


def with_tallies(
    connection: sqlite3.Connection, snapshot: Snapshot, at: datetime
) -> Snapshot:
    """Return the snapshot with histories up to `at`."""
    platforms = {
        view.name: _with_history(view, *_found(connection, view, at), at)
        for view in snapshot.platforms.in_order()
    }
    since = at - timedelta(seconds=SHOWN_S)
    minutes = list(host_tallies(connection, since, at))
    resources = _with_samples(snapshot.resources, minutes, at)
    return replace(snapshot, platforms=Roster(platforms), resources=resources)


def _found(
    connection: sqlite3.Connection, view: PlatformView, at: datetime
) -> tuple[int, Sequence[Counted]]:
    """Return the seconds of a span, and what there is of the newest of them."""
    for span_s, stretch_s in STRETCHES_S.items():
        since = at - timedelta(seconds=stretch_s)
        found = counted(connection, view.name, since, at, span_s)
        if found:
            return span_s, found
    return MINUTE_S, ()


def _with_history(
    view: PlatformView, span_s: int, found: Sequence[Counted], at: datetime
) -> PlatformView:
    """A span is one result for each kind of verdict that it has; without any it is what
    it was instead. A thousand platforms have 30,000 of them, so this is plain.
    """
    columns: list[array[float]] = [array(code) for code in "dfb"]
    times, latencies, outcomes = columns
    end = at.timestamp()
    for begin, passed, failed, timed_out, refused, inconclusive, total_us in found:
        verdicts = passed + failed + timed_out
        latency_s = total_us / verdicts / 1e6 if verdicts else 0.0
        # as the members of Outcome stand, which is how a window has them
        other = (0, 0) if verdicts else (refused, 0 if refused else inconclusive)
        for number, count in enumerate((passed, failed, timed_out, *other)):
            if count:
                times.append(min(begin + span_s / 2, end))
                latencies.append(latency_s)
                outcomes.append(number)
    window = Window.of("dfb", view.window.capacity, columns)
    word = _word(view, span_s, found, at)
    return replace(view, window=window, last=word, word=word, next_at=None)


def _word(
    view: PlatformView, span_s: int, found: Sequence[Counted], at: datetime
) -> CheckResult | None:
    """Return the last word: what agrees with the health then, and its words."""
    last = next((one for one in reversed(found) if any(one[1:4])), None)
    if last is None or view.health is Health.UNKNOWN:
        return None
    begin, passed, failed, timed_out, _, _, total_us = last
    outcome = Outcome.PASSED
    if view.health in (Health.CRITICAL, Health.FAILED) and failed + timed_out:
        outcome = Outcome.FAILED if failed else Outcome.TIMED_OUT
    return CheckResult(
        platform=view.name,
        outcome=outcome,
        latency_s=total_us / (passed + failed + timed_out) / 1e6,
        at=_told_at(view, begin + span_s, at),
        detail=_why(view),
    )


def _told_at(view: PlatformView, end_s: int, at: datetime) -> datetime:
    """Return when the last word was: at the end of its span, or when the health turned.
    The span of `at` says nothing of when, and a minute that is not over yet is not
    there: then it is fresh.
    """
    last = datetime.fromtimestamp(end_s, UTC)
    last = max(last, view.since) if view.since else last
    return at if at - last < timedelta(seconds=1.5 * MINUTE_S) else last


def _why(view: PlatformView) -> str:
    told = (one.event for one in reversed(view.timeline))
    changes = (one for one in told if isinstance(one, HealthChanged))
    last = next(changes, None)
    return last.why if last is not None and last.now is view.health else ""


def _with_samples(
    view: ResourcesView, minutes: Sequence[HostTally], at: datetime
) -> ResourcesView:
    """Return the host's last minutes; the newest reading by what is known of it."""
    fresh = ResourcesView(load=view.load, limits=view.limits, sample=view.sample)
    if not minutes:
        return fresh
    rows = [row for minute in minutes for row in _samples(minute, at)]
    columns: list[array[float]] = [array(code) for code in "dfffffff"]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    window = Window.of("dfffffff", KEPT_SAMPLES, columns)
    return replace(fresh, window=window, sample=_newest(view.sample, minutes[-1], at))


def _samples(minute: HostTally, at: datetime) -> Iterable[tuple[float, ...]]:
    begin, end = minute.at.timestamp(), at.timestamp()
    means = (minute.cpu_sum / minute.count, minute.ram_sum / minute.count)
    for number in range(_A_MINUTE):
        moment = begin + number * SAMPLE_INTERVAL_S
        if moment <= end:
            yield moment, *means, minute.disk_max, 0.0, 0.0, 0.0, 0.0


def _newest(
    known: ResourceSample | None, minute: HostTally, at: datetime
) -> ResourceSample:
    """Return the reading that a checkpoint kept, with the percentages of the minute."""
    cpu, ram = minute.cpu_sum / minute.count, minute.ram_sum / minute.count
    if known is None:
        return ResourceSample(
            at=at,
            cpu_percent=cpu,
            ram_percent=ram,
            ram_used_bytes=0,
            ram_total_bytes=0,
        )
    return replace(
        known,
        at=at,
        cpu_percent=cpu,
        cores_percent=(),
        ram_percent=ram,
        ram_used_bytes=int(known.ram_total_bytes * ram / 100),
        rx_bytes_per_s=0.0,
        tx_bytes_per_s=0.0,
    )
