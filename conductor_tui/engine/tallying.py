"""Adds up what each minute's checks and samples say, for the journal's long memory.

It hears every result, so that is plain arithmetic on a list. What a minute came to is
handed on a handful at a time: a thousand platforms must not hold the loop at its turn.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from conductor_tui.domain.check import CheckResult, Outcome
from conductor_tui.domain.events import CheckFinished, Envelope, ResourcesSampled
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.resources import ResourceSample
from conductor_tui.ports import Clock, HostTally, StateRecord, Tally

MINUTE = timedelta(minutes=1)
HANDFUL, BETWEEN_S = 100, 0.05
_OUTCOMES = tuple(Outcome)
_PLACE = {outcome: place for place, outcome in enumerate(_OUTCOMES)}
_SUM, _MAX = len(_OUTCOMES), len(_OUTCOMES) + 1
_EMPTY = [0.0] * (len(_OUTCOMES) + 2)


class Tallying:
    """`keep` gets a full minute, in parts, and what there is at `close`: parts of the
    same minute are to be added up. Belongs to the engine's loop.
    """

    def __init__(
        self, keep: Callable[[Sequence[StateRecord]], object], clock: Clock
    ) -> None:
        self._keep, self._clock = keep, clock
        self._rows: dict[PlatformName, list[float]] = {}
        self._host = _Host()
        self._begin = self._end = clock.now()  # no time at all: the first turns it
        self._over: Iterator[StateRecord] = iter(())
        self._is_giving = False

    def hear(self, envelope: Envelope) -> None:
        event = envelope.event
        if type(event) is CheckFinished:
            if not self._begin <= envelope.at < self._end:
                self._turn(envelope.at)
            self._add(event.result)
        elif type(event) is ResourcesSampled:
            if not self._begin <= envelope.at < self._end:
                self._turn(envelope.at)
            self._host.add(event.sample)

    def close(self) -> None:
        """Hand on what there is."""
        self._give_all()
        records = list(self._records())
        self._rows, self._host = {}, _Host()
        if records:
            self._keep(records)

    def _add(self, result: CheckResult) -> None:
        row = self._rows.get(result.platform)
        if row is None:
            row = self._rows[result.platform] = _EMPTY.copy()
        outcome, latency_s = result.outcome, result.latency_s
        row[_PLACE[outcome]] += 1
        if outcome.is_verdict:
            row[_SUM] += latency_s
            if latency_s > row[_MAX]:
                row[_MAX] = latency_s

    def _turn(self, at: datetime) -> None:
        """Begin the minute of `at`, also when the wall clock was set back."""
        self._give_all()
        self._over = self._records()
        self._rows, self._host = {}, _Host()
        self._begin = at.replace(second=0, microsecond=0)
        self._end = self._begin + MINUTE
        if not self._is_giving:
            self._give_some()

    def _give_some(self) -> None:
        records = list(islice(self._over, HANDFUL))
        self._is_giving = bool(records)
        if records:
            self._keep(records)
            self._clock.alarm(BETWEEN_S, self._give_some)

    def _give_all(self) -> None:
        if records := list(self._over):
            self._keep(records)

    def _records(self) -> Iterator[StateRecord]:
        """Yield what the minute came to; it may be cleared meanwhile."""
        return _records_of(self._begin, self._rows, self._host)


class _Host:
    """The samples of one minute."""

    def __init__(self) -> None:
        self._count = 0
        self._sums = [0.0, 0.0]
        self._maxima = [0.0, 0.0, 0.0]

    def add(self, sample: ResourceSample) -> None:
        disk = sample.fullest_disk
        used = sample.cpu_percent, sample.ram_percent, disk.percent if disk else 0.0
        self._count += 1
        self._sums = [was + now for was, now in zip(self._sums, used, strict=False)]
        self._maxima = [max(pair) for pair in zip(self._maxima, used, strict=True)]

    def tally(self, at: datetime) -> HostTally | None:
        if not self._count:
            return None
        (cpu_sum, ram_sum), (cpu_max, ram_max, disk_max) = self._sums, self._maxima
        return HostTally(
            at=at,
            count=self._count,
            cpu_sum=cpu_sum,
            cpu_max=cpu_max,
            ram_sum=ram_sum,
            ram_max=ram_max,
            disk_max=disk_max,
        )


def _records_of(
    at: datetime, rows: dict[PlatformName, list[float]], host: _Host
) -> Iterator[StateRecord]:
    if tally := host.tally(at):
        yield tally
    for platform, row in rows.items():
        yield Tally(
            platform=platform,
            at=at,
            outcomes={
                outcome: int(count)
                for outcome, count in zip(_OUTCOMES, row, strict=False)
                if count
            },
            latency_sum_s=row[_SUM],
            latency_max_s=row[_MAX],
        )
