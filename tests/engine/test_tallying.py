"""What minutes come to: nothing is counted twice, and nothing is lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from conductor_tui.domain.check import CheckResult, Outcome
from conductor_tui.domain.events import (
    CheckFinished,
    Envelope,
    Event,
    ResourcesSampled,
)
from conductor_tui.domain.ids import PlatformName, Seq
from conductor_tui.domain.resources import DiskUse, ResourceSample
from conductor_tui.engine.tallying import HANDFUL, Tallying
from conductor_tui.ports import HostTally, StateRecord, Tally
from conductor_tui.testing import EPOCH, FakeClock
from tests import build


class Kept:
    def __init__(self) -> None:
        self.parts: list[Sequence[StateRecord]] = []

    def __call__(self, records: Sequence[StateRecord]) -> None:
        self.parts.append(records)

    @property
    def records(self) -> list[StateRecord]:
        return [one for part in self.parts for one in part]


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def told(event: Event, seconds: float) -> Envelope:
    return Envelope(seq=Seq(1), node=build.NODE, at=at(seconds), event=event)


def checked(
    seconds: float, outcome: Outcome = Outcome.PASSED, latency_s: float = 0.25
) -> Envelope:
    return told(CheckFinished(result=result(outcome, latency_s)), seconds)


def result(outcome: Outcome, latency_s: float) -> CheckResult:
    return build.result("api", outcome, latency_s=latency_s)


def sampled(seconds: float, cpu: float, ram: float, disk: float) -> Envelope:
    sample = ResourceSample(
        at=at(seconds),
        cpu_percent=cpu,
        ram_percent=ram,
        ram_used_bytes=1,
        ram_total_bytes=2,
        disks=(DiskUse(mount="/", percent=disk, used_bytes=1, total_bytes=2),),
    )
    return told(ResourcesSampled(sample=sample), seconds)


def test_a_minute_is_given_once_it_is_over() -> None:
    kept = Kept()
    tallying = Tallying(kept, FakeClock())
    tallying.hear(checked(0, latency_s=0.5))
    tallying.hear(checked(30, Outcome.FAILED))
    tallying.hear(checked(59.9, Outcome.REFUSED, latency_s=9.0))
    assert kept.records == []

    tallying.hear(checked(60))

    assert kept.records == [
        Tally(
            platform=PlatformName("api"),
            at=EPOCH,
            outcomes={Outcome.PASSED: 1, Outcome.FAILED: 1, Outcome.REFUSED: 1},
            latency_sum_s=0.75,
            latency_max_s=0.5,
        )
    ]


def test_the_host_has_a_tally_of_its_own() -> None:
    kept = Kept()
    tallying = Tallying(kept, FakeClock())
    tallying.hear(sampled(1, 10.0, 50.0, 70.0))
    tallying.hear(sampled(3, 30.0, 40.0, 71.0))
    tallying.hear(sampled(61, 1.0, 1.0, 1.0))

    assert kept.records == [
        HostTally(
            at=EPOCH,
            count=2,
            cpu_sum=40.0,
            cpu_max=30.0,
            ram_sum=90.0,
            ram_max=50.0,
            disk_max=71.0,
        )
    ]


def test_what_is_there_at_the_end_is_given_too_and_only_once() -> None:
    kept = Kept()
    tallying = Tallying(kept, FakeClock())
    tallying.hear(checked(5))
    tallying.close()
    tallying.close()

    [tally] = kept.records
    assert isinstance(tally, Tally)
    assert tally.outcomes == {Outcome.PASSED: 1}


def test_a_clock_that_is_set_back_begins_its_minute_anew() -> None:
    kept = Kept()
    tallying = Tallying(kept, FakeClock())
    for seconds in (5, -3600, 10):
        tallying.hear(checked(seconds))
    tallying.close()

    tallies = [one for one in kept.records if isinstance(one, Tally)]
    assert [one.at for one in tallies] == [at(0), at(-3600), at(0)]


async def test_many_platforms_are_given_in_handfuls() -> None:
    kept, clock = Kept(), FakeClock()
    tallying = Tallying(kept, clock)
    names = [f"p{number}" for number in range(2 * HANDFUL + 1)]
    for name in names:
        tallying.hear(told(build.passed(name), 1))
    tallying.hear(told(build.passed("p0"), 61))
    assert [len(part) for part in kept.parts] == [HANDFUL]

    await clock.advance(1)

    assert [len(part) for part in kept.parts] == [HANDFUL, HANDFUL, 1]
    assert [one.platform for one in kept.records if isinstance(one, Tally)] == names


async def test_a_minute_that_is_over_before_the_last_was_given_loses_nothing() -> None:
    kept, clock = Kept(), FakeClock()
    tallying = Tallying(kept, clock)
    for minute in range(3):
        for number in range(HANDFUL + 1):
            tallying.hear(told(build.passed(f"p{number}"), 60 * minute))
    await clock.advance(1)
    tallying.close()

    assert len(kept.records) == 3 * (HANDFUL + 1)
