"""What the engine follows of the host: listeners and resources."""

import asyncio
from dataclasses import replace
from errno import EMFILE, ENOENT

import psutil
import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import BreakerSpec
from conductor_tui.domain.errors import EngineStopped
from conductor_tui.domain.events import (
    BreakerChanged,
    LoadChanged,
    PlatformRemoved,
    SamplingFailed,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.resources import Load, LoadState
from conductor_tui.domain.settings import CheckDefaults, Settings
from conductor_tui.testing import settle
from tests.build import spec
from tests.engine.stage import Stage, stage

DISCOVER = Settings(discover=True)


async def pass_time(staged: Stage, seconds: float) -> None:
    """Advance second by second. A look or a sample runs in the stage's one thread:
    what is put behind it there ends after it.
    """
    for _ in range(int(seconds)):
        await staged.clock.advance(1)
        await asyncio.to_thread(lambda: None)
        await settle()


def names(staged: Stage) -> list[str]:
    return list(staged.hub.snapshot.platforms)


async def test_listeners_are_watched_and_new_ones_followed() -> None:
    async with stage(settings=DISCOVER) as staged:
        staged.discovery.found = [spec("redis")]
        await pass_time(staged, 11)
        assert names(staged) == ["redis"]
        assert staged.view("redis").health is Health.HEALTHY
        staged.discovery.found = [spec("redis"), spec("nginx")]
        await pass_time(staged, 12)
        assert names(staged) == ["redis", "nginx"]


async def test_what_is_found_is_checked_as_the_engine_settings_say() -> None:
    patient = CheckDefaults(interval_s=60.0, breaker=BreakerSpec(failures=7))
    async with stage(settings=replace(DISCOVER, defaults=patient)) as staged:
        staged.discovery.found = [spec("redis")]
        await pass_time(staged, 11)
        found = staged.view("redis").spec
        assert (found.interval_s, found.breaker.failures) == (60.0, 7)
        assert staged.view("redis").breaker.limit == 7


async def test_a_vanished_listener_stays_to_be_seen_failing() -> None:
    async with stage(settings=DISCOVER) as staged:
        staged.discovery.found = [spec("redis"), spec("nginx")]
        await pass_time(staged, 11)
        staged.discovery.found = [spec("nginx")]
        await pass_time(staged, 60)
        assert names(staged) == ["redis", "nginx"]


async def test_a_listener_that_moved_is_opened_anew_and_its_old_place_let_go() -> None:
    async with stage(settings=DISCOVER) as staged:
        staged.discovery.found = [spec("redis", target="127.0.0.1:6379")]
        await pass_time(staged, 11)
        old = staged.probe("redis")
        staged.discovery.found = [spec("redis", target="127.0.0.1:7000")]
        await pass_time(staged, 6)
        assert old.closed
        assert staged.view("redis").spec.target == "127.0.0.1:7000"
        [removed] = staged.told(PlatformRemoved)
        assert isinstance(removed, PlatformRemoved)
        assert "127.0.0.1:7000" in removed.why


async def test_the_last_word_from_the_old_place_says_nothing_about_the_new() -> None:
    slow = CheckDefaults(timeout_s=4.0, breaker=BreakerSpec(failures=1))
    settings = replace(DISCOVER, defaults=slow)
    async with stage(settings=settings, script=(3.0,)) as staged:
        staged.discovery.found = [spec("redis", target="127.0.0.1:6379")]
        await pass_time(staged, 9)
        old = staged.probe("redis")
        old.script = [8.0]  # past its deadline: the check fails, the breaker opens
        staged.discovery.found = [spec("redis", target="127.0.0.1:7000")]
        while old is staged.probe("redis"):
            await pass_time(staged, 1)
        await pass_time(staged, 8)
        assert staged.told(BreakerChanged) == []
        assert staged.view("redis").health is Health.HEALTHY


async def test_a_hold_outlives_a_move_and_the_move_is_followed_when_it_ends() -> None:
    async with stage(settings=DISCOVER) as staged:
        staged.discovery.found = [spec("api", target="127.0.0.1:6379")]
        await pass_time(staged, 11)
        await staged.trip()
        staged.discovery.found = [spec("api", target="127.0.0.1:7000")]
        await pass_time(staged, 11)
        assert staged.view().breaker.state is BreakerState.HELD
        await staged.reset()
        await pass_time(staged, 6)
        assert staged.view().spec.target == "127.0.0.1:7000"


async def test_a_hold_outlives_the_half_hour_after_a_listener_vanished() -> None:
    async with stage(settings=DISCOVER) as staged:
        staged.discovery.found = [spec("api"), spec("nginx")]
        await pass_time(staged, 11)
        await staged.trip()
        staged.discovery.found = [spec("nginx")]
        await pass_time(staged, 6)
        staged.clock.freeze(1800)
        await pass_time(staged, 6)
        assert staged.view().breaker.state is BreakerState.HELD


async def test_a_look_that_fails_changes_nothing_and_the_next_one_goes_on() -> None:
    async with stage(settings=DISCOVER) as staged:
        staged.discovery.found = [spec("redis")]
        await pass_time(staged, 11)
        staged.discovery.failure = OSError(EMFILE, "Too many open files")
        await pass_time(staged, 60)
        assert names(staged) == ["redis"]
        staged.discovery.failure, staged.discovery.found = None, [spec("nginx")]
        await pass_time(staged, 12)
        assert names(staged) == ["redis", "nginx"]


async def test_a_host_that_cannot_be_measured_is_told_once_and_tried_again() -> None:
    async with stage() as staged:
        await pass_time(staged, 3)
        staged.sampler.failure = OSError(EMFILE, "Too many open files")
        await pass_time(staged, 9)
        assert staged.told(SamplingFailed) == [
            SamplingFailed(why="too many open files")
        ]
        assert staged.hub.snapshot.resources.trouble == "too many open files"
        staged.sampler.failure, staged.sampler.ram = None, 61
        await pass_time(staged, 3)
        assert staged.hub.snapshot.resources.trouble == ""
        assert staged.hub.snapshot.resources.ram(1) == (61,)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (psutil.NoSuchProcess(7), "NoSuchProcess: process no longer exists (pid=7)"),
        (KeyError(b"MemTotal:"), "KeyError: b'MemTotal:'"),
        (
            FileNotFoundError(ENOENT, "No such file or directory", "/proc/stat"),
            "no such file or directory: /proc/stat",
        ),
    ],
)
async def test_whatever_measuring_an_odd_host_raises_is_told_and_ends_nothing(
    failure: Exception, words: str
) -> None:
    async with stage() as staged:
        staged.sampler.failure = failure
        await pass_time(staged, 9)
        assert staged.told(SamplingFailed) == [SamplingFailed(why=words)]


async def test_what_vanishes_is_let_go_of_though_its_probe_cannot_be_closed() -> None:
    async with stage(settings=DISCOVER) as staged:
        staged.discovery.found = [spec("redis")]
        await pass_time(staged, 11)
        staged.probe("redis").close_failure = RuntimeError("the loop is closed")
        staged.discovery.found = [spec("nginx")]
        await pass_time(staged, 12)
        staged.clock.freeze(1800)
        await pass_time(staged, 6)
        assert names(staged) == ["nginx"]


async def test_what_cannot_be_opened_is_watched_once_it_can_be() -> None:
    async with stage(settings=DISCOVER) as staged:
        staged.broken.add(PlatformName("redis"))
        staged.discovery.found = [spec("nginx"), spec("redis")]
        await pass_time(staged, 12)
        assert names(staged) == ["nginx"]
        staged.broken.clear()
        await pass_time(staged, 6)
        assert names(staged) == ["nginx", "redis"]


async def test_what_ends_the_engine_is_told_in_its_own_words() -> None:
    async def run() -> None:
        async with stage(settings=DISCOVER) as staged:
            staged.discovery.failure = ZeroDivisionError("division by zero")
            await pass_time(staged, 6)

    with pytest.raises(EngineStopped, match=r"^division by zero$"):
        await run()


async def test_another_hot_resource_is_told_while_the_load_state_stays() -> None:
    async with stage() as staged:
        staged.sampler.ram = 85
        await pass_time(staged, 3)
        staged.sampler.ram, staged.sampler.cpu = 50, 90
        await pass_time(staged, 12)
        load = staged.hub.snapshot.resources.load
        assert load == Load(LoadState.DEGRADED, frozenset({"cpu"}))


async def test_load_moves_with_the_samples_and_says_why() -> None:
    async with stage() as staged:
        staged.sampler.ram = 85
        await pass_time(staged, 3)
        staged.sampler.ram = 96
        await pass_time(staged, 3)
        staged.sampler.ram = 50
        await pass_time(staged, 3)
        changes = [e for e in staged.told(LoadChanged) if isinstance(e, LoadChanged)]
        assert [change.load.state for change in changes] == [
            LoadState.DEGRADED,
            LoadState.EMERGENCY,
            LoadState.NORMAL,
        ]
        assert changes[0].why == "ram 85 %"
        resources = staged.hub.snapshot.resources
        assert resources.sample is not None
        assert resources.ram(1) == (50,)
