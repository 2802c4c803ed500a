"""What Prometheus reads is what happened, whatever the names are."""

import asyncio
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.adapters.metrics.counting import BOUNDS_S, Counts
from conductor_tui.adapters.metrics.rendering import Metrics
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.client import Traffic
from conductor_tui.domain.events import (
    CheckFinished,
    ClientsTold,
    CommandAnswered,
    Event,
    LoopStalled,
    PlatformRemoved,
    ResourcesSampled,
)
from conductor_tui.domain.fold import replay
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import CommandId, PlatformName
from conductor_tui.domain.own import Stall
from conductor_tui.domain.resources import DiskUse, ResourceSample
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.testing import EPOCH, FakeClock
from tests import build

HOSTILE = [
    'say "hi"',
    "back\\slash",
    "two\nlines",
    'x"} 1\nfake_metric{a="b',
    "ends in \\",
    "日本 🚦",
    "n" * 200,
]
LINE = re.compile(r'^[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)+\})? -?[0-9.e+-]+$')


def checked(name: str, outcome: Outcome = Outcome.PASSED, s: float = 0.012) -> Event:
    return CheckFinished(result=build.result(name, outcome, latency_s=s))


async def rendered(*events: Event, gauges: dict[str, float] | None = None) -> str:
    counts, clock = Counts(), FakeClock()
    told = build.history(*events)
    for envelope in told:
        counts.hear(envelope)
    snapshot = replay(Snapshot(host=build.NODE), told)
    metrics = Metrics(counts, lambda: snapshot, clock, lambda: gauges or {})
    return (await metrics.render()).decode()


def lines_of(text: str, name: str) -> list[str]:
    return [line for line in text.splitlines() if re.match(rf"{name}[{{ ]", line)]


async def test_checks_are_counted_by_what_they_found() -> None:
    text = await rendered(
        build.added("api"),
        checked("api"),
        checked("api"),
        checked("api", Outcome.TIMED_OUT, 0.2),
        checked("api", Outcome.REFUSED, 0.0),
    )
    assert 'health_check_total{platform="api",status="passed"} 2' in text
    assert 'health_check_total{platform="api",status="timed_out"} 1' in text
    calls = 'circuit_breaker_calls_total{result="%s",service="api"} %d'
    for result, count in (("success", 2), ("failure", 1), ("rejected", 1)):
        assert calls % (result, count) in text


async def test_a_histogram_adds_up_and_has_what_was_no_verdict_not() -> None:
    text = await rendered(
        build.added("api"),
        checked("api", s=0.012),
        checked("api", s=0.2),
        checked("api", s=60.0),
        checked("api", Outcome.INCONCLUSIVE, 9.0),
    )
    name = "health_check_duration_seconds"
    buckets = lines_of(text, f"{name}_bucket")
    counts = [float(line.rsplit(" ", 1)[1]) for line in buckets]
    assert counts == [0, 1, 2, 2, 2, 3]
    assert len(buckets) == len(BOUNDS_S) + 1
    assert f'{name}_count{{platform="api"}} 3' in text
    assert f'{name}_sum{{platform="api"}} 60.212' in text


@pytest.mark.parametrize(
    ("state", "number"), [("CLOSED", 0), ("HALF_OPEN", 1), ("OPEN", 2), ("HELD", 3)]
)
async def test_a_breaker_has_a_number_for_each_state(state: str, number: int) -> None:
    moved = build.moved("api", BreakerState(state))
    text = await rendered(build.added("api"), moved)
    assert f'circuit_breaker_state{{platform="api"}} {number}' in text
    kind = f'conductor_breaker_transitions_total{{state="{state}"}} 1'
    assert kind in text


async def test_health_load_and_resources_are_told() -> None:
    sample = ResourceSample(
        at=EPOCH,
        cpu_percent=12.5,
        ram_percent=40.0,
        ram_used_bytes=1,
        ram_total_bytes=2,
        disks=(DiskUse(mount="/", percent=25.0, used_bytes=1, total_bytes=4),),
    )
    text = await rendered(
        build.added("api"),
        build.turned("api", Health.UNKNOWN, Health.FAILED),
        ResourcesSampled(sample=sample),
    )
    assert 'platform_health_status{platform="api"} 3' in text
    assert 'system_resources_percent{resource="cpu"} 12.5' in text
    assert 'system_resources_percent{resource="disk:/"} 25.0' in text


async def test_commands_and_stalls_are_counted() -> None:
    answered = CommandAnswered(
        command=CommandId("c"),
        verb="trip",
        platform=None,
        granted=False,
        words="too late",
        by="ann",
    )
    stalled = LoopStalled(stall=Stall(at=EPOCH, lasted_s=2.5))
    text = await rendered(answered, stalled, gauges={"conductor_journal_up": 1.0})
    assert 'conductor_commands_total{answer="refused",verb="trip"} 1' in text
    assert "conductor_stalled_seconds_total 2.5" in text
    assert "conductor_journal_up 1.0" in text


async def test_calls_of_clients_are_counted_beyond_their_going() -> None:
    def told(calls: int, failed: int, rejected: int, *, goes: bool = False) -> Event:
        flow = Traffic(calls=calls, failed=failed, rejected=rejected)
        bot = build.client("bot-a", 812, build.holding("api", traffic=flow))
        return ClientsTold(clients=(bot,), went=(bot.id,) if goes else ())

    text = await rendered(
        build.added("api"),
        told(1000, 0, 0),  # as it comes: what it did before is not ours
        told(1010, 2, 5),
        told(1012, 2, 6, goes=True),
        told(0, 0, 0),
        told(3, 0, 0),
    )
    calls = 'conductor_client_calls_total{platform="api",result="%s"} %d'
    for result, count in (("success", 13), ("failure", 2), ("rejected", 6)):
        assert calls % (result, count) in text
    assert lines_of(text, "conductor_clients") == ["conductor_clients 1"]
    assert 'conductor_clients_holding{applied="yes",platform="api"} 1' in text


async def test_no_program_s_word_makes_a_counter_fall() -> None:
    """More failures than calls: it is said over HTTP, so by anybody who may beat."""

    def told(calls: int, failed: int) -> Event:
        flow = Traffic(calls=calls, failed=failed)
        held = build.holding("api", traffic=flow)
        return ClientsTold(clients=(build.client("bot-a", 812, held),))

    text = await rendered(build.added("api"), told(0, 0), told(4, 1), told(5, 900))
    calls = 'conductor_client_calls_total{platform="api",result="%s"} %d'
    assert calls % ("success", 3) in text
    assert calls % ("failure", 2) in text


async def test_a_short_program_counts_from_its_first_call() -> None:
    flow = Traffic(calls=50, failed=2, rejected=1)
    bot = build.client("cron", 812, build.holding("api", traffic=flow))
    told = ClientsTold(clients=(replace(bot, is_new=True),), went=(bot.id,))
    text = await rendered(build.added("api"), told)
    calls = 'conductor_client_calls_total{platform="api",result="%s"} %d'
    for result, count in (("success", 48), ("failure", 2), ("rejected", 1)):
        assert calls % (result, count) in text


async def test_who_asks_once_is_counted_too() -> None:
    counts, api = Counts(), PlatformName("api")
    snapshot = replay(Snapshot(host=build.NODE), build.history(build.added("api")))
    counts.ask(api, True)
    counts.ask(api, False)
    counts.ask(api, False)
    metrics = Metrics(counts, lambda: snapshot, FakeClock(), dict)
    text = (await metrics.render()).decode()
    assert 'conductor_admit_total{platform="api",result="admitted"} 1' in text
    assert 'conductor_admit_total{platform="api",result="rejected"} 2' in text


async def test_a_platform_that_is_gone_has_no_series() -> None:
    gone = PlatformRemoved(platform=PlatformName("api"), why="gone")
    text = await rendered(build.added("api"), checked("api"), gone)
    assert "api" not in text


async def test_hostile_names_stay_inside_their_quotes() -> None:
    events = [event for name in HOSTILE for event in (build.added(name), checked(name))]
    text = await rendered(*events)
    plain = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in plain if not LINE.match(line)] == []
    assert not lines_of(text, "fake_metric")
    assert len(lines_of(text, "circuit_breaker_state")) == len(HOSTILE)


async def test_each_family_is_named_once() -> None:
    names = [f"p{number}" for number in range(80)]  # more than a slice
    events = [event for name in names for event in (build.added(name), checked(name))]
    text = await rendered(*events)
    helps = re.findall(r"^# HELP (\S+)", text, re.MULTILINE)
    assert len(helps) == len(set(helps))
    assert re.findall(r"^# TYPE (\S+)", text, re.MULTILINE) == helps


async def test_what_no_number_is_has_no_line() -> None:
    text = await rendered(gauges={"conductor_odd": float("nan")})
    assert not lines_of(text, "conductor_odd")


async def test_one_text_is_made_for_all_who_ask_at_once() -> None:
    counts, clock, looks = Counts(), FakeClock(), []

    def latest() -> Snapshot:
        looks.append(1)
        return Snapshot(host=build.NODE)

    metrics = Metrics(counts, latest, clock)
    texts = await asyncio.gather(*(metrics.render() for _ in range(5)))
    assert len(set(texts)) == len(looks) == 1
    clock.step_wall(timedelta(hours=1).total_seconds())
    await metrics.render()
    assert len(looks) == 1
    await clock.advance(1.1)
    await metrics.render()
    assert len(looks) == 2


@pytest.mark.server
@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool here")
async def test_promtool_finds_nothing_to_say() -> None:
    names = ["api", *HOSTILE]
    events = [event for name in names for event in (build.added(name), checked(name))]
    text = await rendered(*events, gauges={"conductor_journal_up": 1.0})
    done = await asyncio.to_thread(
        subprocess.run,
        ["promtool", "check", "metrics"],
        input=text,
        text=True,
        capture_output=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
